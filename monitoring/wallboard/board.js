"use strict";

const COLOURS = {
  "on calls": "#4cc38a", "on inbound calls": "#2f81f7", "wrapping up": "#e3b341", "ready": "#6e7f90", "paused": "#3d4a57",
  "with an agent": "#4cc38a", "waiting for one": "#ff7b72", "ringing": "#58a6ff",
};
const GROUPS = ["#58a6ff", "#d2a8ff", "#e3b341", "#4cc38a", "#ffa198", "#79c0ff"];
const STALE_MS = 5000;
const KEPT = 2000;

const at = (id) => document.getElementById(id);
const points = [];
let zone, stream, heard = 0;

// ----- signing in

async function begin() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    history.replaceState(null, "", location.pathname);
    await signIn(given);
  } else if ((await fetch("/session")).ok) {
    watch();
  } else {
    ask("");
  }
}

at("sign-in").addEventListener("submit", (sent) => {
  sent.preventDefault();
  signIn(at("token").value);
});

async function signIn(token) {
  // a header holds no other characters, so no such token is known either
  const sendable = /^[\x21-\x7e]+$/.test(token);
  const answer = sendable && await fetch("/session", { method: "POST", headers: { Authorization: `Bearer ${token}` } });
  if (!answer || !answer.ok) return ask("This token is not known here.");
  watch();
}

function ask(words) {
  at("sign-in").hidden = false;
  at("board").hidden = true;
  at("refused").textContent = words;
  badge("signed out", "");
  at("token").focus();
}

// ----- the stream

function watch() {
  at("sign-in").hidden = true;
  stream = new EventSource("/wallboard/stream");
  stream.addEventListener("history", (told) => {
    points.length = 0;
    points.push(...JSON.parse(told.data));
  });
  stream.addEventListener("floor", (told) => {
    heard = performance.now();
    show(JSON.parse(told.data));
  });
  stream.onerror = async () => {
    badge("connection lost", "bad");
    if (stream.readyState !== EventSource.CLOSED) return; // else it connects again by itself
    stream.close();
    const session = await fetch("/session").catch(() => null);
    if (session && session.status === 401) return ask("");
    if (session && session.ok) {
      const refused = await fetch("/wallboard/stream").catch(() => null);
      if (refused && refused.status === 403) return ask("This token's role may not see the wallboard.");
      if (refused && refused.body) refused.body.cancel();
    }
    setTimeout(watch, 3000);
  };
}

setInterval(() => {
  const late = heard && performance.now() - heard > STALE_MS;
  document.body.classList.toggle("stale", Boolean(late));
  if (late) badge(`nothing heard for ${Math.round((performance.now() - heard) / 1000)} s`, "bad");
}, 1000);

function badge(words, kind) {
  at("link").textContent = words;
  at("link").className = `badge ${kind}`;
}

// ----- one look at the floor

function show(floor) {
  zone = floor.zone || undefined;
  const last = points[points.length - 1];
  const now = pointOf(floor);
  if (last && now.at - last.at < 1000) points.pop();
  points.push(now);
  if (points.length > KEPT) points.shift();
  at("board").hidden = false;
  at("time").textContent = clock(floor.at);
  badge(floor.draining ? "live · the service drains" : "live", floor.draining ? "warn" : "good");
  showGroups(floor.groups);
  showTiles(floor.totals);
  showCampaigns(floor.campaigns);
  showServers(floor.servers);
  showCharts();
}

function pointOf(floor) {
  const { agents, lines, abandoned_ratio, cap_ratio } = floor.totals;
  const groups = Object.fromEntries(floor.groups.map(({ name, rate, target, open }) => [name, { rate, target, open }]));
  return { at: floor.at, agents, lines, abandoned_ratio, cap_ratio, groups };
}

function showGroups(groups) {
  at("groups").replaceChildren(...groups.map((one) => {
    const box = element("div", one.open ? "group" : "group off");
    box.append(element("strong", one.open ? "good" : "bad", `Marketing ${one.open ? "on" : "off"}: ${one.name}`));
    const served = one.rate === null ? "not measured" : percent(one.rate);
    const waiting = one.waiting === null ? "nobody counts who waits"
      : `${one.waiting} waiting` + (one.waiting ? `, the longest ${Math.round(one.longest_wait)} s` : "");
    box.append(element("p", "", `inbound ${served} of ${percent(one.target)} wanted · ${waiting} · ${one.kept} agents kept`));
    one.causes.forEach((words) => box.append(element("p", "bad", words)));
    if (one.back_at) box.append(element("p", "", `back at ${clock(one.back_at)} at the earliest`));
    return box;
  }));
}

function showTiles(totals) {
  const over = totals.cap_ratio !== null && totals.abandoned_ratio > totals.cap_ratio;
  const lines = sum(totals.lines);
  at("tiles").replaceChildren(
    tile(`${totals.agents["on calls"]} / ${totals.working_agents}`, "agents on calls, of those working"),
    tile(totals.occupancy === null ? "–" : percent(totals.occupancy), "occupancy"),
    tile(`${lines} / ${totals.line_limit}`, "lines in use"),
    tile(totals.lines["waiting for one"], "callees waiting for an agent", totals.lines["waiting for one"] ? "warn" : ""),
    tile(totals.opened.toLocaleString("en"), "attempts since the start"),
    tile(totals.answered.toLocaleString("en"), "live answers"),
    tile(totals.abandoned_ratio === null ? "–" : percent(totals.abandoned_ratio, 1),
      totals.cap_ratio === null ? "abandoned" : `abandoned (cap ${percent(totals.cap_ratio, 1)})`, over ? "bad" : ""),
    tile(totals.hopper.toLocaleString("en"), "leads in the hoppers"),
  );
}

function tile(value, words, kind = "") {
  const box = element("div", "tile");
  box.append(element("b", kind, String(value)), element("span", "", words));
  return box;
}

function showCampaigns(campaigns) {
  const rows = campaigns.map((one) => {
    const over = one.cap_ratio !== null && one.abandoned_ratio > one.cap_ratio;
    const row = document.createElement("tr");
    row.append(
      element("td", "", one.name),
      element("td", one.status === "running" ? "good" : "warn", `${one.status}, ${one.mode}`),
      element("td", "number", one.agents["on calls"]),
      element("td", "number", one.agents["ready"]),
      element("td", "number", sum(one.lines)),
      element("td", "number", one.answered.toLocaleString("en")),
      element("td", over ? "number bad" : "number", one.abandoned_ratio === null ? "–" : percent(one.abandoned_ratio, 1)),
      element("td", "number", one.cap_ratio === null ? "–" : percent(one.cap_ratio, 1)),
      element("td", "number", one.occupancy === null ? "–" : percent(one.occupancy)),
      element("td", "number", one.hopper),
      element("td", "words", one.decision),
      element("td", "words", one.blocked.map(({ reason, leads }) => `${leads} ${reason}`).join(", ")),
    );
    return row;
  });
  if (!rows.length) {
    const none = element("td", "words", "No campaign runs. Start one: dialer campaigns start NAME");
    none.colSpan = 12;
    const row = document.createElement("tr");
    row.append(none);
    rows.push(row);
  }
  at("campaigns").tBodies[0].replaceChildren(...rows);
}

function showServers(servers) {
  at("servers").replaceChildren(...servers.flatMap((one, place) => [
    place ? " · " : "",
    element("span", one.state === "dialed on" ? "good" : "bad", `${one.name}: ${one.state}, ${one.held} of ${one.lines} lines`),
  ]));
}

function element(kind, classes, words) {
  const made = document.createElement(kind);
  if (classes) made.className = classes;
  if (words !== undefined) made.textContent = words;
  return made;
}

const sum = (counts) => Object.values(counts).reduce((total, one) => total + one, 0);
const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)}%`;
const clock = (moment) => new Date(moment).toLocaleTimeString("en-GB", { timeZone: zone });

// ----- charts

/** The floor's own wall time, as the chart library wants it. */
function local(moment) {
  return new Date(moment).toLocaleString("sv-SE", { timeZone: zone });
}

function showCharts() {
  const x = points.map((one) => local(one.at));
  stacked("agents", x, "agents");
  stacked("lines", x, "lines");
  draw("abandoned", [
    line("abandoned, in the legal window with least left", x, points.map((one) => one.abandoned_ratio), "#ff7b72"),
    line("cap", x, points.map((one) => one.cap_ratio), "#9fb0c0", "dash"),
  ], { tickformat: ".1%", rangemode: "tozero" });
  showInbound(x);
}

function showInbound(x) {
  const names = [...new Set(points.flatMap((one) => Object.keys(one.groups)))];
  at("inbound-figure").hidden = !names.length;
  if (!names.length) return;
  const traces = names.flatMap((name, place) => [
    line(name, x, points.map((one) => one.groups[name]?.rate ?? null), GROUPS[place % GROUPS.length]),
    { ...line(`${name}: target`, x, points.map((one) => one.groups[name]?.target ?? null),
      GROUPS[place % GROUPS.length], "dash"), showlegend: names.length === 1 },
  ]);
  draw("inbound", traces, { tickformat: ".0%", rangemode: "normal" }, closed(x, names));
}

/** The spans in which marketing was off for some group. */
function closed(x, names) {
  const spans = [];
  let from = null;
  points.forEach((one, place) => {
    const off = names.some((name) => one.groups[name] && !one.groups[name].open);
    if (off && from === null) from = x[place];
    if (from !== null && (!off || place === points.length - 1)) {
      spans.push({ type: "rect", xref: "x", yref: "paper", x0: from, x1: x[place], y0: 0, y1: 1, line: { width: 0 },
        fillcolor: "rgba(255,123,114,.22)", layer: "below" });
      from = null;
    }
  });
  return spans;
}

function stacked(id, x, of) {
  const names = points.length ? Object.keys(points[points.length - 1][of]) : [];
  draw(id, names.map((name) => ({
    type: "scatter", mode: "lines", name, x, y: points.map((one) => one[of][name]), stackgroup: "one",
    line: { width: 0.5, color: COLOURS[name], shape: "hv" }, fillcolor: COLOURS[name], hovertemplate: "%{y}",
  })), { rangemode: "tozero" });
}

function line(name, x, y, color, dash = "solid") {
  return { type: "scatter", mode: "lines", name, x, y, line: { color, dash, width: 2 } };
}

function draw(id, traces, yaxis, shapes = []) {
  const grid = { gridcolor: "#2a3644", zerolinecolor: "#2a3644", automargin: true };
  Plotly.react(at(id), traces, {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: "#9fb0c0", size: 12 },
    margin: { l: 45, r: 15, t: 10, b: 30 }, showlegend: true, legend: { orientation: "h", y: -0.18 },
    hovermode: "x unified", hoverlabel: { bgcolor: "#18212b" },
    xaxis: { ...grid, type: "date", tickformat: "%H:%M" }, yaxis: { ...grid, ...yaxis }, shapes, uirevision: "kept",
  }, { responsive: true, displayModeBar: false });
}

begin();
