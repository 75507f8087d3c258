// One chart: the server sends an ECharts option without colours, the theme adds them.
import { BarChart, FunnelChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, FunnelChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

function palette() {
  const probe = document.createElement("i");
  document.body.append(probe);
  const read = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = Object.fromEntries(["accent", "ok", "warn", "bad", "calm", "muted", "text", "line", "surface"].map((name) => [name, read(`--${name}`)]));
  probe.remove();
  return colours;
}

function themed(option) {
  const c = palette();
  const axis = (item) => ({
    ...item,
    axisLine: { lineStyle: { color: c.line } },
    axisTick: { show: false },
    axisLabel: { color: c.muted, hideOverlap: true, ...item?.axisLabel },
    splitLine: { show: item?.type === "value", lineStyle: { color: c.line } },
    nameTextStyle: { color: c.muted },
  });
  const each = (value) => (Array.isArray(value) ? value.map(axis) : value && axis(value));
  return {
    animationDuration: 250,
    color: [c.accent, c.ok, c.warn, c.calm, c.bad, c.muted],
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: c.text },
    grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
    ...option,
    tooltip: { trigger: "axis", backgroundColor: c.surface, borderColor: c.line, textStyle: { color: c.text }, confine: true, ...option.tooltip },
    legend: option.legend && { top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 8, textStyle: { color: c.muted }, ...option.legend },
    xAxis: each(option.xAxis),
    yAxis: each(option.yAxis),
    series: option.series.map((one) => (one.label ? { ...one, label: { color: c.text, textBorderWidth: 0, ...one.label } } : one)),
  };
}

export function mount(element, { option, links }) {
  const chart = init(element);
  const draw = () => chart.setOption(themed(option), true);
  draw();
  new ResizeObserver(() => chart.resize()).observe(element);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  document.addEventListener("theme", draw);
  if (links) chart.on("click", ({ dataIndex }) => links[dataIndex] && location.assign(links[dataIndex]));
  element.dataset.ready = "yes";
}
