/** Folds the rail at once; the cookie that keeps it is set by the same form as without a script. */
export function foldRail(): void {
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (!(form instanceof HTMLFormElement) || !(submitter instanceof HTMLButtonElement)) return;
    if (submitter.name !== "rail") return;
    event.preventDefault();
    const body = new URLSearchParams({ rail: submitter.value });
    // The answer leads to a page, which is not wanted.
    void fetch(form.action, { method: "POST", body, redirect: "manual" });
    document.documentElement.dataset["rail"] = submitter.value;
    const isWide = submitter.value === "wide";
    submitter.value = isWide ? "narrow" : "wide";
    submitter.title = isWide ? "Collapse" : "Expand";
    submitter.setAttribute("aria-expanded", String(isWide));
  });
}
