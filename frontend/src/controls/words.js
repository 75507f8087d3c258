// What our controls say, in the page's language.

const WORDS = {
  clear: ["清除", "Clear"],
  search: ["输入以搜索", "Type to search"],
  choose: ["请选择", "Please choose"],
  nothing: ["没有匹配项", "Nothing found"],
  failed: ["无法加载选项，请重试", "The options could not be loaded; try again"],
  loading: ["正在加载…", "Loading…"],
  more: ["还有更多，请继续输入以缩小范围", "There is more: type on to narrow it down"],
  remove: ["移除 {name}", "Remove {name}"],
  addTag: ["新建标签“{name}”", "New tag “{name}”"],
  stars: ["{count} 星", "{count} stars"],
  low: ["完全不可能", "Not at all likely"],
  high: ["极有可能", "Extremely likely"],
  on: ["开", "On"],
  off: ["关", "Off"],
  currency: ["币种", "Currency"],
  scan: ["扫描条码", "Scan a barcode"],
  stop: ["停止扫描", "Stop scanning"],
  noScan: ["此浏览器无法扫描，请手动输入。", "This browser cannot scan: type the code in."],
  open: ["打开链接", "Open the link"],
  province: ["省 / 直辖市", "Province"],
  city: ["市", "City"],
  district: ["区 / 县", "District"],
  detail: ["详细地址（街道、门牌号）", "Address (street, number)"],
  level: ["第 {count} 级", "Level {count}"],
  locate: ["使用当前位置", "Use my position"],
  locating: ["正在定位…", "Looking for your position…"],
  noPosition: ["无法取得位置。", "The position cannot be had."],
  latitude: ["纬度", "Latitude"],
  longitude: ["经度", "Longitude"],
  place: ["地点说明", "What is there"],
  accuracy: ["精度约 {metres} 米", "Accurate to about {metres} m"],
  drop: ["将文件拖到此处，或", "Drop files here, or"],
  browse: ["选择文件", "choose files"],
  camera: ["拍照", "Take a picture"],
  uploading: ["正在上传 {percent}%", "Uploading {percent}%"],
  uploadFailed: ["上传失败", "The upload failed"],
  tryAgain: ["重试", "Try again"],
  preview: ["预览 {name}", "Preview {name}"],
  download: ["下载", "Download"],
  close: ["关闭", "Close"],
  sign: ["请在此签名", "Sign here"],
  signTyped: ["或输入姓名作为签名", "Or type your name"],
  signClear: ["重新签名", "Sign again"],
  signed: ["已签名", "Signed"],
  addRow: ["添加一行", "Add a row"],
  copyRow: ["复制第 {count} 行", "Copy row {count}"],
  removeRow: ["删除第 {count} 行", "Remove row {count}"],
  total: ["合计", "Total"],
  row: ["序号", "No."],
  rows: ["{count} 行", "{count} rows"],
  noRows: ["还没有数据", "No rows yet"],
  actions: ["操作", "Actions"],
  pasted: ["已粘贴 {count} 行", "Pasted rows: {count}"],
  pastedBut: ["已粘贴 {count} 行；{left} 个单元格无法填入", "Pasted rows: {count}; cells that do not fit: {left}"],
  given: ["提交后自动生成", "Given when the form is sent"],
  computed: ["自动计算", "Computed"],
  bold: ["加粗", "Bold"],
  italic: ["斜体", "Italic"],
  underline: ["下划线", "Underlined"],
  bullets: ["项目符号", "Bullets"],
  numbers: ["编号", "Numbered"],
  quote: ["引用", "Quotation"],
  link: ["链接", "Link"],
  linkTo: ["链接地址：", "Address of the link:"],
  unformat: ["清除格式", "Remove formatting"],
  toolbar: ["文本格式", "Formatting"],
  notYet: ["当前阶段不能直接到此", "Not from the present stage"],
};

export const language = () => document.documentElement.lang || "zh-CN";

/** Say something by its name. */
export function say(name, facts = {}) {
  const text = WORDS[name][language().startsWith("zh") ? 0 : 1];
  return text.replace(/\{(\w+)\}/g, (_, fact) => facts[fact] ?? "");
}

/** A setting of a control in the page's language: `rows:en` stands beside `rows`. */
export function setting(field, name, otherwise = "") {
  const properties = field.properties ?? {};
  const tag = language();
  return properties[`${name}:${tag}`] ?? properties[`${name}:${tag.split("-")[0]}`] ?? properties[name] ?? otherwise;
}

const formats = new Map();

/** How numbers are written in the page's language; to make such a format takes longer than to draw a field. */
export function numberFormat(options, tag = language()) {
  const key = JSON.stringify([tag, options]);
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(tag, options));
  return formats.get(key);
}
