// form-js speaks English only: its own words in Chinese, by exact text or by pattern. What is wrong with a field is said by sentences.js.
import flatpickr from "flatpickr";
import { Mandarin } from "flatpickr/dist/l10n/zh.js";

const SENTENCES = {
  "Date and time must both be entered.": "日期和时间都要填写。",
  "No files selected": "未选择文件",
  "Nothing to show.": "没有内容。",
  "No results": "没有匹配项",
  "All values selected": "已全部选择",
  "Add new": "新增",
  "Show all": "展开全部",
  "Show less": "收起",
  Collapse: "收起",
  Browse: "选择文件",
  Select: "请选择",
  Search: "搜索",
  Previous: "上一页",
  Next: "下一页",
  "Previous page": "上一页",
  "Next page": "下一页",
  "Click to remove sorting": "点击取消排序",
  "Remove tag": "移除",
  " of ": " / ",
  Increment: "增加",
  Decrement: "减少",
  Optional: "选填",
};

const PATTERNS = [
  [/^Click to sort by (.+) descending$/, "点击按“$1”排序"],
  [/^Click to sort by (.+) ascending$/, "点击按“$1”反向排序"],
  [/^Remove list item (\d+)$/, "删除第 $1 行"],
  [/^Expand all \(\d+\)$/, "展开全部"],
  [/^(\d+) files selected$/, "已选择 $1 个文件"],
];

export function inChinese(text) {
  if (SENTENCES[text]) return SENTENCES[text];
  const found = PATTERNS.find(([pattern]) => pattern.test(text));
  return found ? text.replace(...found) : text;
}

// Words form-js writes into the page itself. It compares with what it wrote before, not with the page, so they stay.
function translateWords(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const word = inChinese(walker.currentNode.data);
    if (word !== walker.currentNode.data) walker.currentNode.data = word;
  }
  for (const element of root.querySelectorAll?.("[placeholder], [aria-label], button[title]") ?? [])
    for (const name of ["placeholder", "aria-label", "title"]) {
      const word = inChinese(element.getAttribute(name) ?? "");
      if (word && word !== element.getAttribute(name)) element.setAttribute(name, word);
    }
}

/** Let a form speak Chinese: its few fixed words, its calendar. */
export function speakChinese(container) {
  flatpickr.localize(Mandarin);
  const watcher = new MutationObserver((changes) => {
    for (const { target } of changes) translateWords(target.nodeType === Node.TEXT_NODE ? target.parentNode : target);
  });
  watcher.observe(container, { childList: true, subtree: true, characterData: true });
  translateWords(container);
}
