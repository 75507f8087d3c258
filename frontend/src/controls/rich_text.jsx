// Formatted text. The editor is loaded when one is shown; what it holds is cleaned here and again on the server.
import DOMPurify from "dompurify";
import { useEffect, useRef, useState } from "preact/hooks";
import { Frame, Icon, described, ids, isOpen } from "./frame.jsx";
import { say } from "./words.js";

const ALLOWED = {
  ALLOWED_TAGS: ["p", "br", "div", "span", "b", "strong", "i", "em", "u", "s", "sub", "sup", "a", "ul", "ol", "li", "blockquote", "pre", "code", "h1", "h2", "h3", "h4", "hr"],
  ALLOWED_ATTR: ["href", "title"],
};
const clean = (html) => DOMPurify.sanitize(html ?? "", ALLOWED);

const TOOLS = [
  { name: "bold", tag: "B", run: (editor, on) => (on ? editor.removeBold() : editor.bold()) },
  { name: "italic", tag: "I", run: (editor, on) => (on ? editor.removeItalic() : editor.italic()) },
  { name: "underline", tag: "U", run: (editor, on) => (on ? editor.removeUnderline() : editor.underline()) },
  { name: "bullets", tag: "UL", run: (editor, on) => (on ? editor.removeList() : editor.makeUnorderedList()) },
  { name: "numbers", tag: "OL", run: (editor, on) => (on ? editor.removeList() : editor.makeOrderedList()) },
  { name: "quote", tag: "BLOCKQUOTE", run: (editor, on) => (on ? editor.decreaseQuoteLevel() : editor.increaseQuoteLevel()) },
  { name: "link", tag: "A", run: (editor, on) => (on ? editor.removeLink() : addLink(editor)) },
  { name: "unformat", tag: "", run: (editor) => editor.removeAllFormatting() },
];

function addLink(editor) {
  const address = window.prompt(say("linkTo"), "https://");
  if (/^(https?:|mailto:|tel:)/i.test(address ?? "")) editor.makeLink(address);
}

function useSquire(root, props) {
  const editor = useRef(null);
  const [on, setOn] = useState(new Set());
  const change = useRef();
  change.current = (html) => props.onChange({ value: root.current.textContent.trim() ? html : "" });
  useEffect(() => {
    let gone = false;
    import("squire-rte").then(({ default: Squire }) => {
      if (gone || !root.current) return;
      const made = new Squire(root.current, {
        blockTag: "P",
        sanitizeToDOMFragment: (html) => DOMPurify.sanitize(html, { ...ALLOWED, RETURN_DOM_FRAGMENT: true }),
      });
      made.setHTML(clean(props.value));
      made.addEventListener("input", () => change.current(made.getHTML()));
      made.addEventListener("pathChange", () => setOn(new Set(TOOLS.filter(({ tag }) => tag && made.hasFormat(tag)).map(({ name }) => name))));
      made.setKeyHandler("Tab", null); // Tab leaves the field, as everywhere
      made.setKeyHandler("Shift-Tab", null);
      editor.current = made;
      root.current.dataset.ready = "yes";
    });
    return () => {
      gone = true;
      editor.current?.destroy();
    };
  }, []);
  useEffect(() => {
    const made = editor.current;
    if (made && document.activeElement !== root.current && made.getHTML() !== props.value) made.setHTML(clean(props.value));
  }, [props.value]);
  return { editor, on };
}

function Editor(props) {
  const root = useRef();
  const { editor, on } = useSquire(root, props);
  return (
    <div class="ctl-rich">
      <div class="ctl-toolbar" role="toolbar" aria-label={say("toolbar")}>
        {TOOLS.map(({ name, run, tag }) => (
          <button type="button" aria-label={say(name)} title={say(name)} aria-pressed={tag ? String(on.has(name)) : undefined} onMouseDown={(event) => event.preventDefault()}
            onClick={() => { if (editor.current) run(editor.current, on.has(name)); }}><Icon name={name} /></button>
        ))}
      </div>
      <div ref={root} id={props.domId} class="ctl-page" role="textbox" aria-multiline="true" aria-labelledby={ids(props).label} aria-required={props.field.validate?.required ? "true" : undefined}
        tabIndex={0} onFocus={props.onFocus} onBlur={props.onBlur} {...described(props)} />
    </div>
  );
}

export function RichText(props) {
  return (
    <Frame props={props} name="rich_text" group={!isOpen(props)}>
      {isOpen(props) ? <Editor {...props} /> : <div class="ctl-page still" dangerouslySetInnerHTML={{ __html: clean(props.value) }} />}
    </Frame>
  );
}
