// A place on the earth: where one is, or typed in.
import { useState } from "preact/hooks";
import { Frame, Icon, isOpen } from "./frame.jsx";
import { say } from "./words.js";

export function Location(props) {
  const value = props.value ?? {};
  const [state, setState] = useState("");
  const put = (part) => {
    const next = { ...value, ...part };
    const empty = ["lat", "lng", "addr"].every((name) => next[name] === null || next[name] === undefined || next[name] === "");
    props.onChange({ value: empty ? null : next });
  };
  const locate = () => {
    setState(say("locating"));
    if (!navigator.geolocation) return setState(say("noPosition"));
    return navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setState("");
        put({ lat: coords.latitude.toFixed(6), lng: coords.longitude.toFixed(6), acc: Math.round(coords.accuracy) });
      },
      () => setState(say("noPosition")),
      { enableHighAccuracy: true, timeout: 10_000 },
    );
  };
  const figure = (name, label, first) => (
    <input class="fjs-input ctl-figure" id={first ? props.domId : undefined} type="text" inputMode="decimal" aria-label={`${props.field.label ?? ""}: ${label}`} placeholder={isOpen(props) ? label : undefined}
      disabled={props.disabled} readOnly={props.readonly} value={value[name] ?? ""} onInput={({ target }) => put({ [name]: target.value || null, acc: null })} onBlur={props.onBlur} onFocus={props.onFocus} />
  );
  const note = state || (value.acc ? say("accuracy", { metres: value.acc }) : "");
  return (
    <Frame props={props} name="location" group>
      <div class="ctl-levels">
        {figure("lat", say("latitude"), true)}
        {figure("lng", say("longitude"))}
        {isOpen(props) && <button type="button" class="ctl-button" onClick={locate}><Icon name="current-location" />{say("locate")}</button>}
      </div>
      <input class="fjs-input ctl-detail" type="text" aria-label={`${props.field.label ?? ""}: ${say("place")}`} placeholder={isOpen(props) ? say("place") : undefined} disabled={props.disabled} readOnly={props.readonly} value={value.addr ?? ""}
        onInput={({ target }) => put({ addr: target.value || null })} onBlur={props.onBlur} />
      <div class="ctl-hint" role="status">{note}</div>
    </Frame>
  );
}
