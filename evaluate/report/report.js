// The page around the traces: theme, choice of metric, filters and the list of questions.

const PAGE = 60;
const find = (id) => document.getElementById(id);

/* --- theme ------------------------------------------------------------------------------- */

function startTheme() {
  const root = document.documentElement;
  const button = find("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const show = () => {
    const other = isDark() ? "Light" : "Dark";
    button.textContent = other;
    button.setAttribute("aria-label", `${other} theme`);
  };
  const kept = keep();
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    keep(root.dataset.theme);
    show();
  });
  system.addEventListener("change", show);
  button.hidden = false;
  show();
}

/** Keep the theme where it is given; the one that was kept. */
function keep(theme) {
  try {
    if (theme) localStorage.setItem("sanad-theme", theme);
    return localStorage.getItem("sanad-theme");
  } catch {
    return null; // a browser may keep nothing for files: the choice then ends with the page
  }
}

/* --- the metric of the grid and the tags -------------------------------------------------- */

function startMetric() {
  const select = find("metric");
  const show = () => {
    for (const block of document.querySelectorAll("[data-metric]")) {
      block.hidden = block.dataset.metric !== select.value;
    }
  };
  select.addEventListener("change", show);
  find("metric-field").hidden = false;
  show(); // a browser may have kept another choice over a reload
}

/* --- filters ----------------------------------------------------------------------------- */

const FOLDS = { ٱ: "ا", ى: "ي", ة: "ه" };

/** Text as it is searched: case, vowels, forms of letters and of digits aside. */
function fold(text) {
  return text
    .normalize("NFKD") // takes hamza and madda off their letters
    .replace(/[\p{Mn}\p{Cf}\u0640]/gu, "")
    .toLowerCase()
    .replace(/[ٱىة]/g, (letter) => FOLDS[letter])
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660));
}

const searched = data.questions.map((question) => {
  const { id, question: asked, standalone, answer = [], expected = [] } = question;
  const texts = [asked, standalone, ...answer, ...expected].map((text) => text?.[0] ?? "");
  return fold([id, ...texts].join("\n"));
});

const KINDS = { fixed: "Fixed", broken: "Broken" };
const pairName = (pair) => pair.replace("→", " → ");

/** What questions are filtered by: values of a question, their names, and their order. */
const FACETS = {
  status: {
    of: (question) => [question.status],
    label: (name) => words.statuses[name],
    order: Object.keys(words.statuses),
  },
  change: {
    of: (question) => (question.flip ? [question.flip.kind] : []),
    label: (name) => KINDS[name],
    order: Object.keys(KINDS),
  },
  pair: { of: (question) => [question.pair], label: pairName },
  tag: { of: (question) => question.tags ?? [], label: (name) => name },
  blame: {
    of: (question) => (question.blame ? [question.blame] : []),
    label: (name) => words.stages[name][0],
    order: Object.keys(words.stages),
  },
};
const shownFacets = Object.keys(FACETS).filter(find);

function fillSelect(name) {
  const { of, label, order } = FACETS[name];
  const counts = new Map();
  for (const value of data.questions.flatMap(of)) counts.set(value, (counts.get(value) ?? 0) + 1);
  const values = order?.filter((value) => counts.has(value)) ?? [...counts.keys()].sort();
  const options = values.map((value) =>
    make("option", { value }, `${label(value)} (${counts.get(value)})`),
  );
  find(name).append(make("option", { value: "" }, "All"), ...options);
}

/** Places of the questions that the filters let through. */
function matching() {
  const wanted = fold(find("search").value).split(/\s+/).filter(Boolean);
  const chosen = shownFacets.map((name) => [FACETS[name], find(name).value]);
  const isWanted = (question, index) =>
    wanted.every((word) => searched[index].includes(word)) &&
    chosen.every(([facet, value]) => !value || facet.of(question).includes(value));
  return [...data.questions.keys()].filter((index) => isWanted(data.questions[index], index));
}

/* --- the list ---------------------------------------------------------------------------- */

const rows = new Map();
let listed = [];
let laidOut = 0;

/** The row of a question; its trace is laid out when it is first opened. */
function row(index) {
  if (rows.has(index)) return rows.get(index);
  const question = data.questions[index];
  const tags = (question.tags ?? []).flatMap((tag) => [" · ", make("bdi", {}, tag)]);
  const kind = question.flip?.kind;
  const summary = make(
    "summary",
    {},
    status(question.status),
    said("span", question.question, { class: "question" }),
    make("span", { class: "aside" }, pairName(question.pair), ...tags),
    kind ? make("span", { class: `change ${kind}` }, KINDS[kind]) : null,
  );
  const details = make("details", { class: "row" }, summary);
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(trace(question));
  });
  rows.set(index, details);
  return details;
}

function layOut(count) {
  const next = listed.slice(laidOut, laidOut + count);
  find("rows").append(...next.map(row));
  laidOut += next.length;
  find("further").hidden = laidOut >= listed.length;
}

function show() {
  listed = matching();
  laidOut = 0;
  find("rows").replaceChildren();
  const [shown, all] = [listed, data.questions].map(({ length }) => length.toLocaleString("en"));
  find("shown").textContent = shown === all ? `${all} questions` : `${shown} of ${all} questions`;
  find("reset").hidden = !find("search").value && shownFacets.every((name) => !find(name).value);
  layOut(PAGE);
}

/** Set the filters to these alone. */
function choose(wanted) {
  find("search").value = "";
  for (const name of shownFacets) find(name).value = wanted[name] ?? "";
  show();
}

/** Open the question that the address names. */
function openNamed() {
  const [, named] = /^#question=(.+)$/.exec(location.hash) ?? [];
  const index = data.questions.findIndex(({ id }) => encodeURIComponent(id) === named);
  if (index < 0) return;
  choose({});
  if (laidOut <= index) layOut(index + 1 - laidOut);
  row(index).open = true;
  row(index).scrollIntoView();
}

function startQuestions() {
  shownFacets.forEach(fillSelect);
  const filters = find("filters");
  filters.hidden = false;
  filters.addEventListener("input", show);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(show)); // once the fields are empty
  find("further").addEventListener("click", () => layOut(PAGE));
  const isNear = ([entry]) => entry.isIntersecting && layOut(PAGE);
  new IntersectionObserver(isNear, { rootMargin: "600px" }).observe(find("further"));
  for (const link of document.querySelectorAll('a[href="#questions"]')) {
    const isFilter = shownFacets.some((name) => name in link.dataset);
    if (isFilter) link.addEventListener("click", () => choose(link.dataset));
  }
  addEventListener("hashchange", openNamed);
  show();
  openNamed();
}

startTheme();
startMetric();
startQuestions();
