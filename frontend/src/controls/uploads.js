// Sending files: at once when they are chosen, with progress; the form is not sent while one is on its way.
import { csrf } from "../server.js";
import { say } from "./words.js";

/** Counts what is on its way in one form. */
export class Uploads {
  constructor(uploadAddress) {
    this.address = uploadAddress;
    this.running = new Set();
  }

  /** Wait until nothing is on its way. */
  async settled() {
    while (this.running.size) await Promise.allSettled([...this.running]);
  }

  /** Send a file; the promise gives its entry, or throws with a sentence. */
  send(file, field, onProgress = () => {}) {
    const sending = transfer(this.address, file, field, onProgress);
    this.running.add(sending);
    const done = () => this.running.delete(sending);
    sending.then(done, done);
    return sending;
  }
}
Uploads.$inject = ["uploadAddress"];

function transfer(address, file, field, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("file", file, file.name);
    body.append("field", field);
    request.open("POST", address);
    request.responseType = "json";
    request.setRequestHeader("X-CSRF-Token", csrf());
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(Math.round((100 * event.loaded) / event.total)));
    request.addEventListener("load", () => (request.status === 200 ? resolve(request.response) : reject(new Error(request.response?.message ?? say("uploadFailed")))));
    request.addEventListener("error", () => reject(new Error(say("uploadFailed"))));
    request.send(body);
  });
}

export function sizeOf(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  const step = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 3);
  return `${(bytes / 1024 ** step).toFixed(step && bytes / 1024 ** step < 10 ? 1 : 0)} ${units[step]}`;
}
