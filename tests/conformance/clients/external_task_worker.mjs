// A worker as camunda-external-task-client-js is meant to be used: node external_task_worker.mjs PACKAGES ADDRESS USER PASSWORD
import { pathToFileURL } from "node:url";

const [packages, baseUrl, username, password] = process.argv.slice(2);
const entry = `${packages}/node_modules/camunda-external-task-client-js/index.js`;
const { Client, File, Variables, BasicAuthInterceptor } = await import(pathToFileURL(entry));

const client = new Client({
  baseUrl,
  workerId: "js",
  interval: 20,
  asyncResponseTimeout: 15000,
  sorting: [{ sortBy: Client.SortBy.CreateTime, sortOrder: Client.SortOrder.ASC }],
  interceptors: new BasicAuthInterceptor({ username, password }),
});
const give_up = (error) => {
  console.error(error);
  process.exit(1);
};
for (const event of ["poll", "complete", "handleFailure", "handleBpmnError", "extendLock", "unlock", "lock", "handler"]) {
  client.on(`${event}:error`, (...given) => give_up(given.at(-1)));
}

client.subscribe("echo", { includeExtensionProperties: true }, async ({ task, taskService }) => {
  const given = task.variables.getAllTyped();
  const variables = new Variables();
  for (const [name, value] of Object.entries(given)) variables.setTyped(`same_${name}`, value);
  variables.setAll({
    text: "语言",
    whole: 7,
    large: 5_000_000_000,
    fraction: 1.25,
    truth: true,
    nothing: null,
    moment: new Date("2030-01-01T10:00:00.000Z"),
    list: [1, { two: 2 }],
    queue: task.extensionProperties.queue,
    key: task.businessKey,
  });
  variables.set("paper", await new File({ localPath: process.argv[1] }).load());
  variables.setTransient("passing", "by");
  await taskService.complete(task, variables, new Variables().set("note", "local"));
});

client.subscribe("flaky", async ({ task, taskService }) => {
  if (task.errorMessage === null) {
    await taskService.handleFailure(task, { errorMessage: "again", errorDetails: "a trace", retries: 1, retryTimeout: 0 });
  } else {
    await taskService.complete(task, new Variables().setAll({ told: task.errorMessage, details: task.errorDetails, left: task.retries }));
  }
});

client.subscribe("hopeless", ({ task, taskService }) =>
  taskService.handleFailure(task, { errorMessage: "gone", retries: 0, retryTimeout: 1000 }));

client.subscribe("risky", ({ task, taskService }) =>
  taskService.handleBpmnError(task, "LOST", "it is lost", new Variables().set("where", "Hamburg")));

let times = 0;
client.subscribe("locks", async ({ task, taskService }) => {
  times += 1;
  if (times === 3) return await taskService.complete(task);
  await taskService.extendLock(task, 90000);
  await taskService.lock(task, 60000);
  await taskService.unlock(times === 1 ? task.id : task);
});

client.subscribe("late", async ({ task, taskService }) => {
  client.stop();
  await taskService.complete(task, new Variables().set("came", "late"));
  process.exit(0);
});
