// form-js's table; where a column names the field its codes come from, it shows what that field's options are called.
import { LocalExpressionContext, Table, useExpressionEvaluation } from "@bpmn-io/form-js-viewer";

const nameOf = (value, { values }) => values.find((option) => option.value === value)?.label ?? value;

export function NamedTable(props) {
  const { field } = props;
  const held = useExpressionEvaluation(field.dataSource ?? "");
  const coded = (field.columns ?? []).filter(({ values }) => values);
  if (!coded.length || !Array.isArray(held)) return <Table {...props} />;
  const rows = held.map((row) => ({ ...row, ...Object.fromEntries(coded.map((column) => [column.key, nameOf(row?.[column.key], column)])) }));
  return (
    <LocalExpressionContext.Provider value={{ data: { rows }, this: null, parent: null, i: [] }}>
      <Table {...props} field={{ ...field, dataSource: "=rows" }} />
    </LocalExpressionContext.Provider>
  );
}
NamedTable.config = Table.config;
