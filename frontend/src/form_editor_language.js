// form-js's editor speaks English only: its own words in Chinese, by exact text.
const WORDS = {
  General: "常规", Condition: "显示条件", Layout: "布局", Appearance: "外观", Validation: "校验", Serialization: "存储格式",
  Constraints: "限制", "Custom properties": "扩展属性", "Options source": "选项来源", "Static options": "固定选项",
  "Dynamic options": "动态选项", "Options expression": "选项表达式", "Security attributes": "安全属性",
  "Headers source": "表头来源", "Header items": "表头", "Column source": "列来源", "Table headers source": "表头来源",
  "Field label": "标签", "Field description": "说明", Key: "变量名", "Default value": "默认值", Disabled: "停用", "Read only": "只读",
  "Group label": "分组标题", "Table label": "表格标题", Path: "变量名", ID: "标识", Id: "标识", Type: "类型", Value: "值", Label: "标签",
  "Date label": "日期标签", "Time label": "时间标签", Subtype: "类型", Date: "日期", Time: "时间", "Date & Time": "日期和时间",
  "Use 24h": "24 小时制", "Time interval": "时间间隔", "Time format": "时间格式", "Disallow past dates": "不能早于今天",
  "Decimal digits": "小数位数", Increment: "步长", "Output as string": "以文本输出(精确)", Required: "必填",
  "Minimum": "最小值", "Maximum": "最大值", "Minimum length": "最短长度", "Maximum length": "最长长度",
  "Regular expression validation": "正则校验", "Regular expression pattern": "正则表达式", "Validation pattern": "校验方式",
  "Custom regular expression": "自定义正则", Pattern: "格式", Email: "邮箱", Phone: "电话", Custom: "自定义",
  "Prefix": "前缀", "Suffix": "后缀", Columns: "列宽", "Vertical alignment": "垂直对齐", Auto: "自动",
  "Hide if": "隐藏条件", "Deactivate if": "停用条件", "Condition under which the field is hidden": "满足条件时隐藏该字段",
  "Searchable": "可搜索", "Allow add/delete items": "可增删行", "Default number of items": "默认行数",
  "Disable collapse": "不折叠", "Number of non-collapsing items": "折叠前显示行数", "Show outline": "显示边框",
  "Target value": "目标值", "Compute on": "何时计算", "Value changes": "值变化时", "Form submission": "提交时",
  "Supported file formats": "允许的文件格式", "Upload multiple files": "可上传多个文件", "Image source": "图片地址",
  "Alternative text": "替代文字", "URL": "地址", Title: "标题", Height: "高度", Text: "文本", Content: "内容", Action: "动作",
  "Input values key": "选项变量名", "Add an option": "添加选项", "Create a new form element by dragging it from the palette.": "从左侧拖入控件。",
  "Build your form": "开始设计表单", "Drag and drop components here to start designing.": "把控件拖到这里,或在左侧点选。",
  "Use the preview window to test your form.": "在“预览”中试填。",
  "Select a form field to edit its properties.": "选择一个字段以编辑其设置。", "Create new list item": "新增", "Toggle section": "展开/收起",
  "Toggle list item": "展开/收起", "Delete item": "删除", "Remove form field": "删除字段", "Create": "新增", Form: "表单", "Version tag": "版本标记",
  "Form field": "字段", "Regular expression": "正则表达式", "Custom message": "自定义提示", "Date time": "日期时间", "Text field": "单行文本",
  "Text area": "多行文本", "Checkbox": "是否", "Checkbox group": "复选框组", "Number": "数字", "Select": "下拉选择", "Radio group": "单选",
  "Tag list": "多选", "File picker": "附件", "Expression": "表达式", "Group": "分组", "Dynamic list": "动态列表", "Text view": "文本",
  "Image view": "图片", "Table": "表格", "Separator": "分隔线", "Spacer": "间距", "Document preview": "文档预览", "Button": "按钮",
  "Open pop-up editor": "打开编辑窗口", "Static": "固定", "Input data": "变量", "Empty": "空", "None": "无", "Top": "顶部", "Center": "居中", "Bottom": "底部",
};
const ATTRIBUTES = ["title", "placeholder", "aria-label"];

function translate(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const word = WORDS[node.data.trim()];
    if (word && !node.parentElement.closest("[data-field-type], .fjs-palette-fields, textarea, .cm-editor")) node.data = word;
  }
  for (const element of root.querySelectorAll?.("[title], [placeholder], [aria-label]") ?? [])
    for (const name of ATTRIBUTES) {
      const word = WORDS[element.getAttribute(name)];
      if (word) element.setAttribute(name, word);
    }
}

/** Let the editor's settings and hints speak Chinese. preact compares with what it wrote, not with the page. */
export function speakChinese(root) {
  const watcher = new MutationObserver((changes) => {
    for (const { target } of changes) {
      const element = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
      if (element) translate(element);
    }
  });
  watcher.observe(root, { childList: true, subtree: true, characterData: true });
  translate(root);
}
