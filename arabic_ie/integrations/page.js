import { incidentTable, map, node, placesOf, rowsOf, timeline } from "./charts.js";

const get = (id) => document.getElementById(id);
let current = null; // the document on screen
let running = null; // aborts the request under way

async function post(path, body, signal) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });
  if (answer.ok) return answer;
  const retry = answer.headers.get("Retry-After");
  let detail = "";
  try {
    const told = (await answer.json()).detail;
    detail = typeof told === "string" ? told : told.map((part) => part.msg).join("; ");
  } catch { /* not JSON: the code says it */ }
  throw new Error(detail || (retry ? `busy, try again in ${retry} s` : `the server answered ${answer.status}`));
}

function say(text, bad = false) {
  get("status").textContent = text;
  get("status").classList.toggle("bad", bad);
}

async function extract(event) {
  event?.preventDefault();
  running?.abort();
  const mine = (running = new AbortController());
  const text = get("text").value;
  if (!text.trim()) return say("Paste an article first.", true);
  get("extract").disabled = true;
  say("Reading…");
  const began = performance.now();
  try {
    const answer = await post("/extract", { text, date: get("date").value || null }, mine.signal);
    const doc = await answer.json();
    const marks = await (await post("/convert?format=fragment", doc, mine.signal)).text();
    current = doc;
    show(doc, marks);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    say(`${doc.entities.length} entities and ${doc.events.length} events in ${seconds} s.`);
  } catch (error) {
    if (error.name !== "AbortError") say(`That did not work: ${error.message}`, true);
  } finally {
    if (running === mine) get("extract").disabled = false;
  }
}

function show(doc, marks) {
  const rows = rowsOf(doc);
  get("marks").innerHTML = marks; // made and escaped by render.py
  get("incidents").replaceChildren(rows.length ? incidentTable(rows) : node("p", { class: "hint" }, "No event was found."));
  get("incidents-hint").textContent = doc.incidents?.length ? "Mentions of one happening are joined." : "";
  get("timeline").replaceChildren(timeline(rows));
  get("result").hidden = false;
  draw();
}

function draw() {
  if (current) get("map").replaceChildren(map(placesOf(current), get("map").clientWidth));
}

async function download(event) {
  const format = event.target.dataset.format;
  if (!format || !current) return;
  try {
    const blob = format === "json"
      ? new Blob([JSON.stringify(current, null, 2)], { type: "application/json" })
      : await (await post(`/convert?format=${format}&layer=${current.incidents?.length ? "incidents" : "events"}`, current)).blob();
    const link = node("a", { href: URL.createObjectURL(blob), download: `arabic_ie.${format === "labelstudio" ? "labelstudio.json" : format}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  } catch (error) {
    say(`That did not work: ${error.message}`, true);
  }
}

function clear() {
  running?.abort();
  current = null;
  get("form").reset();
  get("extract").disabled = false;
  get("result").hidden = true;
  say("");
  get("text").focus();
}

get("form").addEventListener("submit", extract);
get("clear").addEventListener("click", clear);
get("downloads").addEventListener("click", download);
get("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) extract();
});
addEventListener("resize", draw);
