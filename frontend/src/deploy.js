// Files dropped or chosen are sent at once; the answer (the located problems) replaces the report.

export function mount(zone) {
  const input = zone.querySelector("input[type='file']");
  const stop = (event) => event.preventDefault();
  for (const kind of ["dragenter", "dragover"])
    zone.addEventListener(kind, (event) => {
      stop(event);
      zone.classList.add("over");
    });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    stop(event);
    zone.classList.remove("over");
    input.files = event.dataTransfer.files;
    input.form.requestSubmit();
  });
  input.addEventListener("change", () => input.files.length && input.form.requestSubmit());
}
