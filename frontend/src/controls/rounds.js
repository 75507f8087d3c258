// How often a computed field may be worked out anew after one change: one that needs another which needs a third takes
// several rounds. form-js allows one, so that the last of them would show what was.
import { ExpressionLoopPreventer } from "@bpmn-io/form-js-viewer";

const MOST = 9; // as on the server: what has not settled by then goes in a circle

export class Rounds extends ExpressionLoopPreventer {
  reset() {
    this.done = new Map();
  }

  registerExpressionExecution(field) {
    const round = (this.done.get(field) ?? 0) + 1;
    this.done.set(field, round);
    return round <= MOST;
  }
}
