// A demo login fills the form and sends it.

export function mount(element) {
  element.addEventListener("click", (event) => {
    const login = event.target.closest("[data-login]");
    if (!login) return;
    const form = document.getElementById("sign-in");
    form.elements.user.value = login.dataset.login;
    form.elements.password.value = login.dataset.password;
    form.requestSubmit();
  });
}
