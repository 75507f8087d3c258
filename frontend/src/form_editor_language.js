// form-js's editor speaks English only: its own words in Chinese, by exact text or by pattern.
import { inChinese } from "./form_language.js";

/** What the settings say. */
const WORDS = {
  General: "常规", Condition: "显示条件", Layout: "布局", Appearance: "外观", Validation: "校验", Serialization: "存储格式",
  Constraints: "限制", "Custom properties": "扩展属性", "Options source": "选项来源", "Static options": "固定选项",
  "Dynamic options": "动态选项", "Options expression": "选项表达式", "Security attributes": "安全属性",
  "Headers source": "表头来源", "Header items": "表头", "Column source": "列来源", "Table headers source": "表头来源",
  "Field label": "标签", "Field description": "说明", Key: "变量名", "Default value": "默认值", Disabled: "停用", "Read only": "只读",
  "Group label": "分组标题", "Table label": "表格标题", Path: "变量名", ID: "标识", Id: "标识", Type: "类型", Value: "值", Label: "标签",
  "Date label": "日期标签", "Time label": "时间标签", Subtype: "类型", Date: "日期", Time: "时间", "Date & Time": "日期和时间",
  "Use 24h": "24 小时制", "Time interval": "时间间隔", "Time format": "时间格式", "Disallow past dates": "不能早于今天",
  "Decimal digits": "小数位数", Increment: "步长", "Output as string": "以文本输出（精确）", Required: "必填",
  "Minimum": "最小值", "Maximum": "最大值", "Minimum length": "最短长度", "Maximum length": "最长长度",
  "Regular expression validation": "正则校验", "Regular expression pattern": "正则表达式", "Validation pattern": "校验方式",
  "Custom regular expression": "自定义正则", Pattern: "格式", Email: "邮箱", Phone: "电话", Custom: "自定义",
  "Prefix": "前缀", "Suffix": "后缀", Columns: "列宽", "Vertical alignment": "垂直对齐", Auto: "自动",
  "Hide if": "隐藏条件", "Deactivate if": "停用条件", "Condition under which the field is hidden": "满足条件时隐藏该字段",
  "Condition under which the field is deactivated": "满足条件时停用该字段", "The document data source is required.": "请设置文档来源。",
  "Searchable": "可搜索", "Allow add/delete items": "可增删行", "Default number of items": "默认行数",
  "Disable collapse": "不折叠", "Number of non-collapsing items": "折叠前显示行数", "Show outline": "显示边框",
  "Target value": "目标值", "Compute on": "何时计算", "Value changes": "值变化时", "Form submission": "提交时",
  "Supported file formats": "允许的文件格式", "Upload multiple files": "可上传多个文件", "Image source": "图片地址",
  "Alternative text": "替代文字", "URL": "地址", Title: "标题", Height: "高度", Text: "文本", Content: "内容", Action: "动作",
  "Input values key": "选项变量名", "Add an option": "添加选项", 
  "Select a form field to edit its properties.": "选择一个字段以编辑其设置。", "Create new list item": "新增", "Toggle section": "展开/收起",
  "Toggle list item": "展开/收起", "Delete item": "删除", "Remove form field": "删除字段", "Create": "新增", Form: "表单", "Version tag": "版本标记",
  "Form field": "字段", "Regular expression": "正则表达式", "Custom message": "自定义提示", "Date time": "日期时间", "Text field": "单行文本",
  "Text area": "多行文本", "Checkbox": "是否", "Checkbox group": "复选框组", "Number": "数字", "Select": "下拉选择", "Radio group": "单选",
  "Tag list": "多选", "File picker": "附件", "Expression": "表达式", "Group": "分组", "Dynamic list": "动态列表", "Text view": "文本",
  "Image view": "图片", "Table": "表格", "Separator": "分隔线", "Spacer": "间距", "Document preview": "文档预览", "Button": "按钮",
  "Open pop-up editor": "打开编辑窗口", "Static": "固定", "Input data": "变量", "Empty": "空", "None": "无", "Top": "顶部", "Center": "居中", "Bottom": "底部",
  "Binds to a form variable": "值存入该变量", "Supports markdown and templating.": "支持 Markdown 和模板。", "Learn more": "了解更多",
  "Where the child variables of this component are pathed to.": "其中各字段的值存入该变量之下。",
  "Define an expression to calculate the value of this field": "计算该字段值的表达式",
  "Define an expression to populate the options from.": "得出选项的表达式", "Define which input property to populate the values from": "选项取自该变量",
  "Expression or static value (link/data URI)": "表达式或固定值（链接或 data URI）", "Height of the container in pixels.": "容器高度（像素）",
  "Specify an expression to populate column items": "得出各列的表达式", "Specify the source from which to populate the table": "表格数据的来源",
  "Allows arbitrary precision values": "可保存任意精度的数值", "Custom error message": "自定义错误提示", "Data source": "数据来源",
  "Document reference": "文档来源", "Max height of preview container": "预览区最大高度", "Number of rows per page": "每页行数", "Pagination": "分页",
  "List of items": "固定列表", "Checked": "已勾选", "Not checked": "未勾选", "<none>": "（无）", "Column": "列", "Reset": "重置", "Submit": "提交",
  "UTC offset": "带时区偏移", "UTC normalized": "换算为 UTC", "No timezone": "不带时区", "Click to add": "点击添加",
  "A comma-separated list of": "以逗号分隔的", "file type specifiers": "文件类型", "Section contains edits": "有内容", "Section contains an error": "有错误",
  "FEEL expression is mandatory": "须为 FEEL 表达式", "Click to set a dynamic value with FEEL expression": "改用 FEEL 表达式",
  "Click to remove dynamic value with FEEL expression": "不用 FEEL 表达式", "Must not be empty.": "不能为空。", "Must not be empty": "不能为空。",
  "Must be unique.": "不能重复。", "Must not contain spaces.": "不能含空格。", "Must be number": "须为数字。", "Value must be a number.": "须为数字。",
  "Must be a variable or a dot separated path.": "须为变量名，或以点分隔的路径。", "Must be a variable or a dot-separated path": "须为变量名，或以点分隔的路径。",
  "Must be empty, a variable or a dot-separated path": "可为空，否则须为变量名或以点分隔的路径。",
  "Must not contain numerical path segments.": "路径中不能有纯数字的段。", "Must not be a prohibited path.": "该名称不可用。",
  "Must not conflict with other key/path assignments.": "与其他字段的变量名冲突。", "Must not cause two binding paths to collide": "与其他字段的变量名冲突。",
};

const PATTERNS = [
  [/^Remove (.+)$/, "删除字段"],
  [/^List contains (\d+) items?$/, "共 $1 项"],
];

/** What the canvas says beside the texts of the form itself, which stay as they are. */
const HINTS = {
  "Build your form": "开始设计表单", "Drag and drop components here to start designing.": "把控件拖到这里，或在左侧点选。",
  "Use the preview window to test your form.": "在“预览”中试填。", "Drag and drop components here.": "把控件拖到这里。", "Repeatable": "可重复",
};
const ATTRIBUTES = ["title", "placeholder", "aria-label"];

function ofSettings(text) {
  const found = PATTERNS.find(([pattern]) => pattern.test(text));
  return WORDS[text] ?? (found ? text.replace(...found) : text);
}

function ofCanvas(text) {
  const hint = HINTS[text] ?? inChinese(text);
  return hint === text ? ofSettings(text) : hint;
}

/** What people wrote stays as it is: `own` tells where it stands. */
function translate(root, inWords, own) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const text = node.data.trim();
    const word = inWords(text);
    if (word !== text && !node.parentElement.closest(own)) node.data = word;
  }
  for (const element of root.querySelectorAll?.("[title], [placeholder], [aria-label]") ?? [])
    for (const name of ATTRIBUTES) {
      const text = element.getAttribute(name) ?? "";
      const word = inWords(text);
      if (word !== text) element.setAttribute(name, word);
    }
}

/** preact compares with what it wrote, not with the page: what is said in Chinese stays. */
function listen(root, inWords, own) {
  const watcher = new MutationObserver((changes) => {
    for (const { target } of changes) {
      const element = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
      if (element) translate(element, inWords, own);
    }
  });
  watcher.observe(root, { childList: true, subtree: true, characterData: true });
  translate(root, inWords, own);
}

/** Let the editor's settings and hints speak Chinese. */
export function speakChinese(canvas, settings) {
  listen(canvas, ofCanvas, "label, .fjs-form-field-text, .fjs-form-field-html");
  listen(settings, ofSettings, ".bio-properties-panel-header-label, .bio-properties-panel-collapsible-entry-header-title, textarea, .cm-editor, [translate=no]");
}
