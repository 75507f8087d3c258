// The signature under a decision: drawn, or a typed name; kept as a picture before the decision is sent.
import SignaturePad from "signature_pad";
import { send } from "./server.js";

const PAUSE = 600; // milliseconds after the last stroke
const INK = "#14213d";

export function mount(element, props) {
  const canvas = element.querySelector("canvas");
  const kept = element.querySelector("[data-extra='signature']");
  const problem = element.querySelector("[data-problem]");
  const ratio = Math.max(window.devicePixelRatio || 1, 1);
  canvas.width = canvas.offsetWidth * ratio;
  canvas.height = canvas.offsetHeight * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const pad = new SignaturePad(canvas, { penColor: INK, backgroundColor: "rgb(255,255,255)" });
  let soon;

  const keep = () => {
    clearTimeout(soon);
    kept.value = "";
    soon = setTimeout(
      () =>
        canvas.toBlob(async (blob) => {
          const body = new FormData();
          body.append("file", new File([blob], "signature.png", { type: "image/png" }));
          const answer = await send("/files", body);
          kept.value = answer.status === 200 ? answer.body.id : "";
          problem.hidden = answer.status === 200;
          problem.textContent = answer.status === 200 ? "" : (answer.body.message ?? props.words.failed);
        }, "image/png"),
      PAUSE,
    );
  };
  const clear = () => {
    clearTimeout(soon);
    pad.clear();
    kept.value = "";
  };
  pad.addEventListener("endStroke", keep);
  element.querySelector("[data-clear]").addEventListener("click", () => {
    clear();
    element.querySelector("[data-typed]").value = "";
  });
  element.querySelector("[data-typed]").addEventListener("input", ({ target }) => {
    clear();
    if (!target.value.trim()) return;
    pen.font = "italic 30px 'Segoe Script', 'STKaiti', 'KaiTi', cursive";
    pen.fillStyle = INK;
    pen.textBaseline = "middle";
    pen.fillText(target.value, 16, canvas.offsetHeight / 2, canvas.offsetWidth - 32);
    keep();
  });
}
