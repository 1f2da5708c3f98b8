(function () {
  "use strict";
  var rules = Array.prototype.slice.call(document.querySelectorAll("details.rule"));
  var form = document.querySelector(".filter"), search = document.getElementById("search");
  var toggle = document.getElementById("toggle"), nothing = document.getElementById("nothing");
  if (!form || rules.length === 0) { return; }
  form.hidden = false;
  var texts = rules.map(function (r) {
    var parts = r.querySelectorAll(".name, .techniques");
    return Array.prototype.map.call(parts, function (p) { return p.textContent; }).join(" ").toLowerCase();
  });
  function filter() {
    var words = search.value.toLowerCase().split(/\s+/), on = {}, shown = 0;
    form.querySelectorAll(".chip input").forEach(function (b) { on[b.value] = b.checked; });
    rules.forEach(function (r, i) {
      var fits = on[r.dataset.status] && words.every(function (w) { return texts[i].indexOf(w) >= 0; });
      r.hidden = !fits;
      if (fits) { shown++; }
    });
    nothing.hidden = shown > 0;
    label();
  }
  function visible() { return rules.filter(function (r) { return !r.hidden; }); }
  function allOpen() { return visible().every(function (r) { return r.open; }); }
  function label() { toggle.textContent = allOpen() ? "Close all" : "Open all"; }
  form.addEventListener("input", filter);
  form.addEventListener("submit", function (e) { e.preventDefault(); });
  toggle.addEventListener("click", function () {
    var open = !allOpen();
    visible().forEach(function (r) { r.open = open; });
    label();
  });
  document.addEventListener("toggle", label, true);
  document.addEventListener("keydown", function (e) {
    if (e.key === "/" && e.target !== search && !e.ctrlKey && !e.metaKey && !e.altKey) { e.preventDefault(); search.focus(); }
    if (e.key === "Escape" && e.target === search) { search.value = ""; filter(); search.blur(); }
  });
  function show() {
    var r = document.getElementById(location.hash.slice(1));
    if (r && r.matches("details.rule")) { r.hidden = false; r.open = true; r.scrollIntoView(); }
  }
  window.addEventListener("hashchange", show);
  show();
  var before = [];
  window.addEventListener("beforeprint", function () {
    before = rules.filter(function (r) { return !r.open; });
    before.forEach(function (r) { r.open = true; });
  });
  window.addEventListener("afterprint", function () { before.forEach(function (r) { r.open = false; }); });
  label();
})();
