// A BPMN diagram with the marks of what happened: done, current, incident, and counts per element.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

function badge({ count, kind, href, title }) {
  const mark = document.createElement(href ? "a" : "span");
  mark.className = `hits ${kind ?? ""}`;
  mark.textContent = count;
  if (title) mark.title = title;
  if (href) mark.href = href;
  return mark;
}

const MARGIN = 24;

const READABLE = 0.55; // a smaller scale than this cannot be read

/** A drawing that is wide and low needs no tall box, unless only a part of it will be shown. */
function wrapTightly(element, viewer, ids) {
  const { inner } = viewer.get("canvas").viewbox();
  const scale = Math.min(1, element.clientWidth / (inner.width + 2 * MARGIN));
  const wanted = Math.max(220, Math.round(inner.height * scale) + 2 * MARGIN);
  const partly = scale <= READABLE && ids.length > 0;
  if (element.clientWidth && !partly && wanted < element.clientHeight) element.style.height = `${wanted}px`;
}

/** The name of an element in a language, where the model has one: its properties `name:en`, `name:zh-CN` .. */
function nameIn(language, { extensionElements }) {
  const properties = (extensionElements?.values ?? []).flatMap(({ $children }) => $children ?? []);
  const named = (suffix) => properties.find(({ name }) => name === `name:${suffix}`)?.value;
  return named(language) || named(language.split("-")[0]);
}

const LABEL = 90; // how wide a label may be

/** Where a label of another size begins: beside its element it keeps off it, elsewhere it keeps its middle. */
function beginning(label, element, bounds, at, size) {
  const end = label[at] + label[size];
  if (label[at] >= element[at] + element[size]) return label[at];
  if (end <= element[at]) return end - bounds[size];
  return (label[at] + end - bounds[size]) / 2;
}

/** Elements, flows and lanes are drawn with the names of the reader's language, where the model has them. */
function rename(viewer, language) {
  const texts = viewer.get("textRenderer");
  for (const element of viewer.get("elementRegistry").filter(({ labelTarget }) => !labelTarget)) {
    const name = nameIn(language, element.businessObject ?? {});
    if (!name || name === element.businessObject.name) continue;
    element.businessObject.name = name;
    for (const label of element.labels) { // as wide as the drawn name until now
      const bounds = texts.getExternalLabelBounds({ ...label, width: LABEL }, name);
      const [left, top] = [["x", "width"], ["y", "height"]].map((axis) => beginning(label, element, bounds, ...axis));
      Object.assign(label, bounds, { x: left, y: top });
    }
    for (const drawn of [element, ...element.labels]) viewer.get("eventBus").fire("element.changed", { element: drawn });
  }
}

/** What waits is always readable; how often things went by is told from closer. */
function sizeOf({ kind }) {
  return kind === "done" ? { scale: { min: 0.7, max: 1 }, show: { minZoom: 0.5 } } : { scale: { min: 0.85, max: 1 } };
}

function fit(canvas) {
  canvas.resized();
  canvas.zoom("fit-viewport", "auto");
  canvas.zoom(canvas.zoom() * 0.96, "auto"); // nothing drawn touches the edge
  if (canvas.zoom() > 1) canvas.zoom(1, "auto");
}

function centre(viewer, ids) {
  // a long process would be too small to read when fitted: show the place where it stands
  const canvas = viewer.get("canvas");
  const current = ids.map((id) => viewer.get("elementRegistry").get(id)).find((item) => item && item.width);
  if (!current || canvas.zoom() > READABLE) return;
  canvas.zoom(0.75);
  const { width, height, inner } = canvas.viewbox();
  const within = (middle, size, start, length) =>
    length + 2 * MARGIN <= size ? start + length / 2 - size / 2 : Math.min(Math.max(middle - size / 2, start - MARGIN), start + length + MARGIN - size);
  canvas.viewbox({
    x: within(current.x + current.width / 2, width, inner.x, inner.width),
    y: within(current.y + current.height / 2, height, inner.y, inner.height),
    width,
    height,
  });
}

/** Who was there and when, while one points at an element. */
function tellOnHover(element, told) {
  for (const shape of element.querySelectorAll("[data-element-id]")) {
    const text = told[shape.dataset.elementId];
    if (!text) continue;
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = text;
    shape.prepend(title);
  }
}

function tools(element, viewer, words) {
  const canvas = viewer.get("canvas");
  const acts = {
    "zoom-in": () => canvas.zoom(canvas.zoom() * 1.25),
    "zoom-out": () => canvas.zoom(canvas.zoom() / 1.25),
    "zoom-reset": () => fit(canvas),
  };
  const bar = document.createElement("div");
  bar.className = "diagram-tools";
  for (const [name, act] of Object.entries(acts)) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", words[name]);
    button.title = words[name];
    button.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${document.body.dataset.icons}#${name}"></use></svg>`;
    button.addEventListener("click", act);
    bar.append(button);
  }
  element.append(bar);
}

/**
 * @param {HTMLElement} element
 * @param {{xml: string, done?: string[], current?: string[], incidents?: string[],
 *   added?: string[], changed?: string[], removed?: string[],
 *   badges?: {element: string, count: string, kind?: string, href?: string, title?: string}[], words: object}} props
 *   `xml` is the address of the model.
 */
export async function mount(element, props) {
  const panel = element.closest("[role='tabpanel']");
  if (panel?.hidden) await new Promise((shown) => panel.addEventListener("shown", shown, { once: true }));
  if (!element.checkVisibility()) return; // a telephone shows milestones instead
  const viewer = new NavigatedViewer({ container: element });
  const response = await fetch(props.xml);
  if (!response.ok) {
    element.textContent = props.words.missing;
    return;
  }
  try {
    await viewer.importXML(await response.text());
  } catch {
    viewer.destroy();
    element.textContent = props.words.undrawn;
    element.classList.add("undrawn");
    element.dataset.ready = "yes";
    return;
  }
  rename(viewer, document.documentElement.lang);
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const overlays = viewer.get("overlays");
  const mark = (ids, name) => ids?.filter((id) => registry.get(id)).forEach((id) => canvas.addMarker(id, name));
  mark(props.done, "is-done");
  mark(props.current, "is-current");
  mark(props.incidents, "is-incident");
  mark(props.next, "is-next");
  mark(props.skipped, "is-skipped");
  tellOnHover(element, props.told ?? {});
  for (const kind of ["added", "changed", "removed"]) mark(props[kind], `is-${kind}`);
  for (const item of (props.badges ?? []).filter(({ element: id }) => registry.get(id)))
    overlays.add(item.element, { position: item.kind === "done" ? { bottom: 10, right: 14 } : { top: -10, right: 14 }, html: badge(item), ...sizeOf(item) });
  const places = [...(props.incidents ?? []), ...(props.current ?? [])];
  wrapTightly(element, viewer, places);
  fit(canvas);
  centre(viewer, places);
  tools(element, viewer, props.words);
  element.dataset.ready = "yes";
}
