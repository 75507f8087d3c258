// Choosing level by level: a path through a tree, or province, city and district with an address.
import { Frame, ids, isOpen } from "./frame.jsx";
import { useLevel } from "./options.js";
import { say, setting } from "./words.js";

function Level({ props, index, name, items, value, onPick, first }) {
  if (index > 0 && items && !items.length) return null;
  return (
    <select class="ctl-select" id={first ? props.domId : undefined} aria-label={`${props.field.label ?? ""}: ${name}`} disabled={!isOpen(props) || !items} value={value ?? ""} onFocus={props.onFocus} onBlur={props.onBlur}
      onChange={({ target }) => onPick(target.value || null)} aria-invalid={props.errors?.length ? "true" : "false"} aria-describedby={ids(props).problems}>
      <option value="">{items ? name : say("loading")}</option>
      {(items ?? []).map((item) => <option value={item.value}>{item.label}</option>)}
    </select>
  );
}

function treeOf(field) {
  try {
    return JSON.parse(field.properties.tree ?? "[]");
  } catch {
    return [];
  }
}

/** One level of a source: shown once the level above is chosen and goes on. */
function Remote({ props, path, index, onPick }) {
  const items = useLevel(props.field.properties.source, index === 0 ? "" : path[index - 1], props.field);
  return <Level props={props} index={index} first={index === 0} name={say("level", { count: index + 1 })} items={items} value={path[index]} onPick={onPick} />;
}

export function Cascade(props) {
  const path = props.value ?? [];
  const pick = (index) => (value) => {
    const next = [...path.slice(0, index), ...(value ? [value] : [])];
    props.onChange({ value: next.length ? next : null });
  };
  const remote = Boolean(props.field.properties.source) && !props.field.properties.tree;
  const levels = [treeOf(props.field)];
  for (const step of path) levels.push(levels.at(-1)?.find(({ value }) => value === step)?.children ?? []);
  return (
    <Frame props={props} name="cascade" group>
      <div class="ctl-levels">
        {remote
          ? [...path, null].map((_, index) => <Remote key={`${index}${path[index - 1] ?? ""}`} props={props} path={path} index={index} onPick={pick(index)} />)
          : levels.map((items, index) => <Level props={props} index={index} first={index === 0} name={say("level", { count: index + 1 })} items={items} value={path[index]} onPick={pick(index)} />)}
      </div>
    </Frame>
  );
}

const inside = (items, code) => items?.find(({ value }) => code?.startsWith(value));

export function Region(props) {
  const { field } = props;
  const value = props.value ?? {};
  const depth = { province: 1, city: 2 }[setting(field, "level")] ?? 3;
  const provinces = useLevel("regions", "", field);
  const province = inside(provinces, value.code);
  const cities = useLevel("regions", province?.value, field);
  const city = inside(cities, value.code);
  const districts = useLevel("regions", city && !city.leaf ? city.value : undefined, field);
  const district = inside(districts, value.code);
  const put = (code) => {
    const detail = value.detail ?? null;
    props.onChange({ value: code || detail ? { province: null, city: null, district: null, code: code ?? null, detail } : null });
  };
  return (
    <Frame props={props} name="region" group>
      <div class="ctl-levels">
        <Level props={props} index={0} first name={say("province")} items={provinces} value={province?.value} onPick={put} />
        {depth > 1 && province && <Level props={props} index={1} name={say("city")} items={cities} value={city?.value} onPick={(code) => put(code ?? province.value)} />}
        {depth > 2 && city && !city.leaf && <Level props={props} index={2} name={say("district")} items={districts} value={district?.value} onPick={(code) => put(code ?? city.value)} />}
      </div>
      {setting(field, "detail", "optional") !== "none" && (
        <input class="fjs-input ctl-detail" type="text" aria-label={`${field.label ?? ""}: ${say("detail")}`} placeholder={isOpen(props) ? say("detail") : undefined} disabled={props.disabled} readOnly={props.readonly} value={value.detail ?? ""}
          onInput={({ target }) => props.onChange({ value: value.code || target.value ? { province: null, city: null, district: null, code: value.code ?? null, detail: target.value || null } : null })} onBlur={props.onBlur} />
      )}
    </Frame>
  );
}

export const parts = ({ value }) => (value && typeof value === "object" && !Array.isArray(value) ? value : null);
export const path = ({ value }) => (Array.isArray(value) && value.length ? value : null);
