/* Draws the comparison of agencies: the middle half of their cases as a bar, the median as a point. */
(() => {
  "use strict";
  const ROW = 36;
  const FRAME = 96;

  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function draw(place) {
    const data = JSON.parse(place.dataset.comparison);
    if (!data.names.length) return;
    place.hidden = false;
    place.style.height = `${FRAME + ROW * data.names.length}px`;
    const narrow = place.clientWidth < 600;
    const chart = window.echarts.init(place, null, { renderer: "svg" });
    const label = (name) => (narrow && name.length > 7 ? `${name.slice(0, 6)}…` : name);
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: narrow ? 96 : 240, right: narrow ? 16 : 48, top: 36, bottom: 40 },
      legend: { top: 0, left: 0, data: [data.words.half, data.words.median] },
      xAxis: { type: "value", min: 0, name: data.unit, nameLocation: "middle", nameGap: 26 },
      yAxis: {
        type: "category", inverse: true, data: data.names.map((name, i) => label(name) + (narrow ? "" : `  n=${data.cases[i]}`)),
        axisTick: { show: false },
      },
      series: [
        { type: "bar", stack: "half", silent: true, itemStyle: { color: "transparent" }, data: data.lower },
        {
          name: data.words.half, type: "bar", stack: "half", barWidth: 14, silent: true,
          itemStyle: { color: style("--brand-wash") || "#cfe0f1", borderColor: style("--brand") || "#1f5f99", borderWidth: 1 },
          data: data.upper.map((upper, i) => Math.max(upper - data.lower[i], 0)),
          markLine: {
            symbol: "none", silent: true, lineStyle: { type: "dashed", color: style("--ink-soft") || "#555" },
            label: { formatter: `${data.words.typical} ${data.typical}`, position: "insideStartTop", rotate: 0 },
            data: [{ xAxis: data.typical }],
          },
        },
        {
          name: data.words.median, type: "scatter", symbolSize: 11, silent: true, itemStyle: { color: style("--brand-deep") || "#12395c" },
          label: { show: true, position: "top", distance: 4, formatter: (point) => String(point.value) },
          data: data.median,
        },
      ],
    });
    window.addEventListener("resize", () => chart.resize());
  }

  document.querySelectorAll("[data-comparison]").forEach(draw);
})();
