// Buttons that open the browser's passkey dialog, by allauth's scripts. Hidden without script.
(() => {
  const problem = document.querySelector("[data-passkey-problem]");

  document.addEventListener("allauth.error", (event) => {
    event.preventDefault(); // canceled or refused is no error of the page
    problem.hidden = false;
  });

  for (const button of document.querySelectorAll("[data-passkey]")) {
    const { passkey, credential, passwordless } = button.dataset;
    window.allauth.webauthn.forms[passkey]({
      ids: {
        login: button.id,
        authenticate: button.id,
        add: button.id,
        credential,
        passwordless,
        data: "js_data",
      },
    });
    button.addEventListener("click", () => {
      problem.hidden = true;
    });
    button.hidden = false;
  }
})();
