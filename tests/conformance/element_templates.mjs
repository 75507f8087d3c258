// Checks files of element templates as Camunda Modeler does when it reads them; prints what it finds wrong as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, ...files] = process.argv.slice(2);
const { validateAll, validateAllZeebe } = createRequire(join(modules, "x.js"))("@bpmn-io/element-templates-validator");

const found = files.flatMap((file) => {
  const templates = JSON.parse(readFileSync(file, "utf8"));
  const check = templates[0].$schema.includes("zeebe") ? validateAllZeebe : validateAll;
  return check(templates).results.flatMap((result) => [...(result.errors ?? []), ...(result.warnings ?? [])]);
});
console.log(JSON.stringify(found.map((fault) => `${fault.message} ${fault.dataPath ?? ""}`)));
