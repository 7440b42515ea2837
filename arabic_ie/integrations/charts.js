// The incident table, the timeline and the map, made of DOM nodes: text is never read as HTML.
const SVG = "http://www.w3.org/2000/svg";
const ACTORS = ["Attacker", "Agent", "Speaker", "Giver", "Participant", "Adjudicator", "Cause"];
const TARGETS = ["Target", "Victim", "Person", "Artifact", "Defendant", "Recipient", "Org"];
const PLACES = ["Place", "Origin", "Destination"];
const DAY = 86400000;

export function node(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const unique = (items) => [...new Set(items)];

// Code points, as the offsets count: a string of JavaScript counts UTF-16 units. Split once a text.
function reader(doc) {
  const letters = [...doc.text];
  return (span) => letters.slice(span.start, span.end).join("");
}

export function hue(type) {
  let sum = 0;
  for (const letter of type.split(".")[0]) sum = (sum * 31 + letter.codePointAt(0)) % 360;
  const known = { Conflict: 0, Life: 340, Movement: 195, Justice: 265, Contact: 215, Government: 150,
    Personnel: 295, Transaction: 90, Disaster: 25 };
  return known[type.split(".")[0]] ?? sum;
}

// One row an incident where the document has them (mentions of one happening joined), else one an event.
export function rowsOf(doc) {
  const text = reader(doc);
  const entities = new Map(doc.entities.map((e) => [e.id, e]));
  const events = new Map(doc.events.map((v) => [v.id, v]));
  const groups = doc.incidents?.length
    ? doc.incidents.map((incident) => ({ ...incident, members: incident.events.map((id) => events.get(id)) }))
    : doc.events.map((event) => ({ ...event, members: [event] }));
  return groups.map((group) => {
    const fillers = (roles) => unique(group.arguments.filter((a) => roles.includes(a.role)).map((a) => a.entity)).map((id) => entities.get(id));
    const names = (roles) => unique(fillers(roles).map(text));
    const times = fillers(["Time"]);
    const date = group.date ?? times.map((e) => e.value).find((v) => v?.start) ?? times.map((e) => e.value).find((v) => v?.timex);
    return {
      type: group.type,
      realis: group.realis,
      trigger: unique(group.members.map((v) => text(v.trigger))),
      actors: names(ACTORS),
      targets: names(TARGETS),
      places: names(PLACES),
      counts: names(["Count"]),
      certainty: group.certainty?.level ?? "",
      source: unique((group.source?.entities ?? []).map((id) => text(entities.get(id)))),
      anonymous: group.source?.anonymous ?? false,
      times: names(["Time"]),
      when: whenOf(date),
      start: date?.start,
      end: date?.end ?? date?.start,
    };
  });
}

// TIMEX3 for people: 2020-01-03 dawn, 2019-12, 2019-11-07 to 2020-01-07.
function whenOf(date) {
  if (!date?.timex) return "";
  if (date.start && date.start === date.end) return [date.start, date.part].filter(Boolean).join(" ");
  return date.start && !/^[\d-]+$/.test(date.timex) ? `${date.start} to ${date.end ?? "?"}` : date.timex;
}

export function incidentTable(rows) {
  const columns = [["Date", (r) => (r.when ? [r.when, ...r.times.map(arabic)] : r.times.map(arabic))],
    ["Type", (r) => [r.type, ...notes(r)]],
    ["Words", (r) => r.trigger.map(arabic)], ["Actors", (r) => r.actors.map(arabic)],
    ["Targets", (r) => r.targets.map(arabic)], ["Places", (r) => r.places.map(arabic)],
    ["Counts", (r) => r.counts.map(arabic)],
    ["Source", (r) => [...r.source.map(arabic), ...(r.anonymous ? ["anonymous"] : [])]]];
  const head = node("tr", {}, ...columns.map(([name]) => node("th", {}, name)));
  const body = rows.map((row) => node("tr", row.realis === "actual" ? {} : { class: "unreal" },
    ...columns.map(([name, cell]) => node("td", { "data-name": name }, ...wrapped(cell(row))))));
  return node("table", { class: "incidents" }, node("thead", {}, head), node("tbody", {}, ...body));
}

const notes = (row) => [row.realis === "actual" ? "" : row.realis, row.certainty].filter(Boolean).map((note) => ` (${note})`);
const arabic = (text) => node("bdi", { lang: "ar", dir: "rtl" }, text);
const wrapped = (parts) => (parts.length ? [node("span", {}, ...parts)] : []);

export function timeline(rows) {
  const dated = rows.filter((r) => r.start).map((r) => ({ ...r, from: Date.parse(r.start), to: Date.parse(r.end) + DAY }))
    .filter((r) => Number.isFinite(r.from) && Number.isFinite(r.to)).sort((a, b) => a.from - b.from);
  const left = rows.length - dated.length;
  const note = left ? [node("p", { class: "hint" }, `${left} without a date on the calendar.`)] : [];
  if (!dated.length) return node("div", {}, ...note);
  const first = dated[0].from, span = Math.max(...dated.map((r) => r.to)) - first;
  const day = (time) => new Date(time).toISOString().slice(0, 10);
  const lanes = dated.map((row) => {
    const bar = node("i", row.realis === "actual" ? {} : { class: "unreal" });
    bar.style.cssText = `--h:${hue(row.type)};left:min(${(100 * (row.from - first)) / span}%, calc(100% - 10px));` +
      `width:${(100 * (row.to - row.from)) / span}%`;
    const what = node("div", { class: "what" }, node("span", {}, row.when), node("span", {}, row.type), ...row.trigger.map(arabic));
    return node("div", { class: "lane" }, what, node("div", { class: "track" }, bar));
  });
  const scale = node("div", { class: "scale" }, node("span", {}, day(first)), node("span", {}, day(first + span - DAY)));
  return node("div", {}, scale, ...lanes, ...note);
}

export function placesOf(doc) {
  const text = reader(doc);
  const found = new Map();
  for (const entity of doc.entities) {
    const value = entity.value ?? {};
    const lat = value.lat ?? value.latitude, lon = value.lon ?? value.longitude;
    if (typeof lat !== "number" || typeof lon !== "number") continue;
    const key = `${lat},${lon}`;
    const place = found.get(key) ?? { lat, lon, name: text(entity), title: [value.name, value.country].filter(Boolean).join(", "),
      country: value.feature === "country", count: 0 };
    place.count += 1;
    found.set(key, place);
  }
  return [...found.values()];
}

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// The places to fit the map to: one far away would press the others into a dot, and the middle of a
// country is nowhere in particular.
function near(places) {
  const exact = places.filter((p) => !p.country);
  const chosen = exact.length ? exact : places;
  const median = (values) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
  const lat = median(chosen.map((p) => p.lat)), lon = median(chosen.map((p) => p.lon));
  const far = chosen.map((p) => Math.hypot(p.lat - lat, p.lon - lon));
  return chosen.filter((_, i) => far[i] <= Math.max(5, 4 * median(far)));
}

// A plain map: degrees as a grid, no tiles, nothing fetched. Longitudes shrink with the latitude.
export function map(places, width) {
  if (!places.length) return node("p", { class: "hint" }, "No place of the text has coordinates.");
  const height = Math.round(Math.min(460, Math.max(260, width * 0.6)));
  const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;
  const extent = (values) => Math.max(...values) - Math.min(...values);
  const fitted = near(places), lats = fitted.map((p) => p.lat), lons = fitted.map((p) => p.lon);
  const centre = { lat: middle(lats), lon: middle(lons) };
  const squeeze = Math.max(0.2, Math.cos((centre.lat * Math.PI) / 180));
  // Degrees a pixel: room for the labels at the edges, and never closer than 1.5 degrees in all.
  const scale = Math.max(extent(lats) / (height - 90), (extent(lons) * squeeze) / Math.max(60, width - 180), 1.5 / height);
  const x = (lon) => width / 2 + ((lon - centre.lon) * squeeze) / scale;
  const y = (lat) => height / 2 - (lat - centre.lat) / scale;
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": `Map of ${places.length} places` });
  const wide = (width * scale) / squeeze, high = height * scale;
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 45].find((s) => high / s <= 6 || s === 45);
  const digits = step < 1 ? 1 : 0;
  for (let lon = Math.ceil((centre.lon - wide / 2) / step) * step; lon < centre.lon + wide / 2; lon += step) {
    svg.append(shape("line", { class: "grid", x1: x(lon), x2: x(lon), y1: 0, y2: height }),
      shape("text", { class: "degree", x: x(lon) + 3, y: height - 5 }, `${Math.abs(lon).toFixed(digits)}°${lon < 0 ? "W" : "E"}`));
  }
  for (let lat = Math.ceil((centre.lat - high / 2) / step) * step; lat < centre.lat + high / 2; lat += step) {
    svg.append(shape("line", { class: "grid", x1: 0, x2: width, y1: y(lat), y2: y(lat) }),
      shape("text", { class: "degree", x: 3, y: y(lat) - 3 }, `${Math.abs(lat).toFixed(digits)}°${lat < 0 ? "S" : "N"}`));
  }
  const inside = (p) => x(p.lon) >= 4 && x(p.lon) <= width - 4 && y(p.lat) >= 4 && y(p.lat) <= height - 4;
  const shown = places.filter(inside).sort((a, b) => a.country - b.country || b.count - a.count);
  const taken = shown.map((p) => [x(p.lon) - 7, y(p.lat) - 7, x(p.lon) + 7, y(p.lat) + 7]);
  for (const place of shown) {
    const px = x(place.lon), py = y(place.lat);
    const dot = shape("circle", { cx: px, cy: py, r: 4 + Math.min(5, Math.sqrt(place.count)), class: place.country ? "country" : "" });
    dot.append(shape("title", {}, place.title || place.name));
    svg.append(dot, ...label(place.name, px, py, width, height, taken));
  }
  const beyond = places.filter((p) => !inside(p));
  if (!beyond.length) return svg;
  const names = beyond.flatMap((p) => [" ", arabic(p.name)]);
  return node("div", {}, svg, node("p", { class: "hint beyond" }, "Beyond the map:", ...names));
}

// A name at the first free place around its point; none where all are taken: the point tells it when
// pointed at, and the table has it.
function label(name, px, py, width, height, taken) {
  const long = 7 * [...name].length;
  const tries = [[8, 5], [-8 - long, 5], [-long / 2, -10], [-long / 2, 22], [8, -12], [8, 24], [-8 - long, -12], [-8 - long, 24], [-long / 2, 40]];
  const boxes = tries.map(([dx, dy]) => [px + dx, py + dy - 14, px + dx + long, py + dy + 5]);
  const free = boxes.findIndex((b) => b[0] >= 0 && b[2] <= width && b[1] >= 0 && b[3] <= height &&
    !taken.some((t) => b[0] < t[2] && t[0] < b[2] && b[1] < t[3] && t[1] < b[3]));
  if (free < 0) return [];
  taken.push(boxes[free]);
  return [shape("text", { x: px + tries[free][0] + long / 2, y: py + tries[free][1], "text-anchor": "middle", direction: "rtl" }, name)];
}
