// Rows of form-js's own lists, each drawn again only when what it shows has changed, as those of our tables are.
import { FormContext, LocalExpressionContext, RepeatRenderManager } from "@bpmn-io/form-js-viewer";
import { cloneElement } from "preact";
import { memo } from "preact/compat";
import { useContext, useMemo, useRef } from "preact/hooks";
import { problemsIn, useLatest, useSeen } from "./rows.jsx";

const Kept = memo(({ drawn }) => drawn, (before, now) => before.told === now.told && before.doings === now.doings && before.initial === now.initial);

/** Draw the rows as `repeat` does, and keep of them what says the same as before. */
function keep(manager, repeat, props) {
  const { field, indexes, readonly, disabled } = props;
  const services = useRef(useContext(FormContext)).current; // form-js makes them anew, though they are the same
  const { data, errors, initialData, properties } = manager._form._getState();
  const columns = useMemo(() => field.components.map(({ id }) => manager._formFieldRegistry.get(id)).filter(Boolean), [field, initialData]);
  const seen = useSeen(columns, useContext(LocalExpressionContext));
  const list = repeat(props);
  const rows = list.props.children;
  const values = manager._pathRegistry.getValuePath(field, { indexes }).reduce((held, step) => held?.[step], data);
  const doings = useLatest(field.id, { onChange: props.onChange, onDeleteItem: (index) => rows[0].props.children.props.onDeleteItem(index) });
  const around = [seen, readonly, disabled, properties.readOnly, indexes];
  return (
    <FormContext.Provider value={services}>
      {rows.map((row, index) => {
        const told = JSON.stringify([values[index], problemsIn(errors, columns, [...Object.values(indexes ?? {}), index]), around]);
        const { onChange, onDeleteItem } = doings;
        return cloneElement(row, null, <Kept {...{ told, doings }} initial={initialData} drawn={cloneElement(row.props.children, { onChange, onDeleteItem })} />);
      })}
    </FormContext.Provider>
  );
}

export class KeptRows extends RepeatRenderManager {
  constructor(...services) {
    super(...services);
    const repeat = this.Repeater;
    this.Repeater = (props) => keep(this, repeat, props);
  }
}
KeptRows.$inject = RepeatRenderManager.$inject;
