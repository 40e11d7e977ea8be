// What the page needs beyond Chainlit: direction by letters, an Arabic interface, the state of
// the server while it gets ready, and a composer that never loses a question.
(() => {
  "use strict";

  const LANG = /^ar\b/i.test(navigator.language || "") ? "ar" : "en";
  const WORDS = {
    ar: {
      tagline: "أجوبة من المقالات، ووراء كل جملة مصدرها",
      tooLong: (n, limit) => `السؤال طويل: ${n} حرفًا، والحد ${limit}. اختصره ثم أرسله.`,
      toggleTheme: "بدّل المظهر",
      toasts: [
        [/^File is larger than (\d+) MB$/, "الملف أكبر من $1 ميغابايت"],
        [/^File type must be .*$/, "يُقرأ من الملفات: txt وmd وhtml وjsonl"],
        [/^Too many files$/, "الملفات كثيرة، أرسلها على دفعات"],
      ],
      close: "أغلق",
      labels: {
        "#chat-submit": "أرسل السؤال",
        "#stop-button": "أوقف الجواب",
        "#new-chat-button": "محادثة جديدة",
        "#theme-toggle": "بدّل المظهر",
        "#chat-settings-open-modal": "الإعدادات",
        "#chat-input": "سؤالك",
        "#upload-button": "أضف مقالات",
        "#side-view-title > button": "أغلق المصدر",
      },
    },
    en: {
      tagline: "Answers from the articles, with the source behind every sentence",
      tooLong: (n, limit) => `The question is too long: ${n} characters of ${limit}. Shorten it first.`,
      toggleTheme: "Switch theme",
      toasts: [[/^File type must be .*$/, "Only txt, md, html and jsonl files can be read"]],
      close: "Close",
      labels: {
        "#chat-submit": "Send the question",
        "#stop-button": "Stop the answer",
        "#new-chat-button": "New chat",
        "#theme-toggle": "Switch theme",
        "#chat-settings-open-modal": "Settings",
        "#chat-input": "Your question",
        "#upload-button": "Add articles",
        "#side-view-title > button": "Close the source",
      },
    },
  }[LANG];
  const MAX_BYTES = 900_000; // the websocket drops what is over a million, without a word

  const root = document.documentElement;
  root.lang = LANG;
  root.dir = LANG === "ar" ? "rtl" : "ltr";
  followSystemTheme();

  function followSystemTheme() {
    const key = "vite-ui-theme";
    if (!localStorage.getItem(key)) localStorage.setItem(key, "system");
    const theme = localStorage.getItem(key);
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    root.classList.add(theme === "dark" || (theme === "system" && dark) ? "dark" : "light");
  }

  // --- direction -----------------------------------------------------------------------------
  const ARABIC = /[\u0621-\u064a\u0671-\u06d3\u06fa-\u06ff\ufb50-\ufdff\ufe70-\ufefc]/g;
  const LATIN = /[A-Za-z\u00c0-\u024f]/g;
  const BLOCKS = [
    ".message-content .prose > *",
    ".message-content .prose li",
    ".message-content pre",
    "#starters p",
    "[role=dialog] .prose > *",
    "[data-sonner-toast] [data-title]",
  ].join(",");

  // The share of Arabic letters decides, as in the server: `dir=auto` goes by the first letter
  // alone and turns Arabic that begins with a Latin name around.
  function directionOf(text) {
    const arabic = (text.match(ARABIC) || []).length;
    const latin = (text.match(LATIN) || []).length;
    if (!arabic && !latin) return root.dir;
    return arabic >= 0.3 * (arabic + latin) ? "rtl" : "ltr";
  }

  function set(element, name, value) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }

  function turnBlocks() {
    for (const block of document.querySelectorAll(BLOCKS)) {
      const dir = directionOf(block.textContent);
      set(block, "dir", dir);
      set(block, "lang", dir === "rtl" ? "ar" : "en");
    }
    const input = document.getElementById("chat-input");
    if (input) set(input, "dir", input.value ? directionOf(input.value) : root.dir);
    document.querySelectorAll(".sanad-comment").forEach(turnComment);
  }

  // While it is empty, a comment has the direction of the answer that it stands under.
  function turnComment(comment) {
    if (comment.value) set(comment, "dir", directionOf(comment.value));
    else comment.removeAttribute("dir");
  }

  // --- words that Chainlit has no translation for --------------------------------------------
  function nameControls() {
    for (const [selector, label] of Object.entries(WORDS.labels)) {
      const control = document.querySelector(selector);
      if (control) set(control, "aria-label", label);
    }
    for (const hidden of document.querySelectorAll(".sr-only")) {
      if (hidden.textContent === "Toggle theme") hidden.textContent = WORDS.toggleTheme;
      if (hidden.textContent === "Close") hidden.textContent = WORDS.close;
    }
    for (const title of document.querySelectorAll("[data-sonner-toast] [data-title]")) {
      for (const [said, better] of WORDS.toasts) {
        if (said.test(title.textContent)) title.textContent = title.textContent.replace(said, better);
      }
    }
    const sheet = document.querySelector("[role=dialog]:has(#side-view-content)");
    if (sheet) set(sheet, "aria-labelledby", "side-view-title");
    const welcome = document.getElementById("welcome-screen");
    if (welcome && !welcome.querySelector(".sanad-tagline")) {
      const line = document.createElement("p");
      line.className = "sanad-tagline";
      line.textContent = WORDS.tagline;
      welcome.querySelector("img.logo")?.after(line);
    }
  }

  // --- the composer --------------------------------------------------------------------------
  let limit = 0; // told by the server

  function problemOf(question) {
    const length = [...question.trim()].length;
    if (limit && length > limit) return WORDS.tooLong(length, limit);
    const bytes = new Blob([JSON.stringify(question)]).size;
    return bytes > MAX_BYTES ? WORDS.tooLong(length, Math.floor(MAX_BYTES / 4)) : "";
  }

  function guard(event) {
    const input = document.getElementById("chat-input");
    if (!input) return;
    const sends =
      event.type === "keydown"
        ? event.target === input && event.key === "Enter" && !event.shiftKey && !event.isComposing
        : event.target.closest?.("#chat-submit");
    if (!sends) return;
    const problem = problemOf(input.value);
    if (!problem) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    showProblem(problem);
  }

  function showProblem(text) {
    const composer = document.getElementById("message-composer");
    if (!composer) return;
    let line = document.getElementById("sanad-problem");
    if (!line && !text) return;
    if (!line) {
      line = document.createElement("p");
      line.id = "sanad-problem";
      line.setAttribute("role", "alert");
    }
    if (line.previousElementSibling !== composer) composer.after(line);
    line.textContent = text;
    line.hidden = !text;
  }

  function revise(event) {
    if (event.target.matches?.(".sanad-comment")) turnComment(event.target);
    if (event.target.id !== "chat-input") return;
    set(event.target, "dir", event.target.value ? directionOf(event.target.value) : root.dir);
    const line = document.getElementById("sanad-problem");
    if (line && !line.hidden) showProblem(problemOf(event.target.value));
  }

  // --- sliders -------------------------------------------------------------------------------
  // Chainlit's slider always counts from the left. In Arabic the style sheet mirrors it, and the
  // pointer and the arrow keys are mirrored here to match.
  function mirrorSlider(event) {
    if (root.dir !== "rtl") return;
    const slider = event.target.closest?.("#chat-settings [data-orientation=horizontal]");
    if (!slider) return;
    const swapped = { ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" }[event.key];
    if (swapped) Object.defineProperty(event, "key", { value: swapped });
    if (event.clientX === undefined) return;
    const { left, right } = slider.closest("span[dir]").getBoundingClientRect();
    Object.defineProperty(event, "clientX", { value: left + right - event.clientX });
  }

  // --- the server getting ready --------------------------------------------------------------
  function showState(event) {
    const state = event.source === window && event.data && event.data.sanad;
    if (!state) return;
    if (state.limit) limit = state.limit;
    if (state.text === undefined) return;
    let bar = document.getElementById("sanad-state");
    if (!bar) {
      bar = document.createElement("div");
      bar.id = "sanad-state";
      bar.setAttribute("role", "status");
      bar.append(document.createElement("span"), document.createElement("progress"));
      document.body.append(bar);
    }
    const [text, progress] = bar.children;
    text.textContent = state.text;
    bar.hidden = !state.text;
    progress.hidden = state.stage === "failed";
    if (state.total) {
      progress.max = state.total;
      progress.value = state.done;
    } else {
      progress.removeAttribute("value");
    }
  }

  // -------------------------------------------------------------------------------------------
  let waiting = false;
  function refresh() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      turnBlocks();
      nameControls();
    });
  }

  addEventListener("keydown", guard, true);
  addEventListener("click", guard, true);
  addEventListener("input", revise, true);
  for (const type of ["pointerdown", "pointermove", "pointerup", "keydown"]) {
    addEventListener(type, mirrorSlider, true);
  }
  addEventListener("message", showState);
  addEventListener("DOMContentLoaded", () => {
    new MutationObserver(refresh).observe(document.body, {
      childList: true,
      subtree: true,
      characterData: true,
    });
    refresh();
  });
})();
