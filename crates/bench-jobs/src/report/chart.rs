//! The speed-up against the ideal, as SVG: no script, no font to fetch, light or dark as the reader
//! has it.

use maud::{Markup, PreEscaped, html};

use super::figures::{Report, TaskReport};

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 62.0;
const BOTTOM: f64 = 40.0;

// Without variables, which not every program that draws SVG knows; those that know no dark theme
// draw the light one.
const STYLE: &str = "
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
text.title { font-size: 14px; font-weight: 600 }
text.small { fill: #656d76 }
.end { text-anchor: end }
.middle { text-anchor: middle }
.paper { fill: #fff }
.grid { stroke: #d8dee4 }
.measured { stroke: #0757ba; fill: none; stroke-width: 2.5 }
.ideal { stroke: #a64500; fill: none; stroke-width: 2; stroke-dasharray: 6 4 }
circle.measured { fill: #0757ba }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  text.small { fill: #9198a1 }
  .paper { fill: #0d1117 }
  .grid { stroke: #30363d }
  .measured { stroke: #6cb0ff }
  .ideal { stroke: #f0a35e }
  circle.measured { fill: #6cb0ff }
}
";

/// A document with a panel for each task.
pub fn chart(report: &Report) -> String {
    let width = WIDTH * report.tasks.len().max(1) as f64;
    let what = format!(
        "Speed-up of Jobs of {} completions, {}, {}",
        report.completions, report.machine.engine, report.date
    );
    let document = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {width} {HEIGHT}")) width=(width) height=(HEIGHT) role="img" aria-label=(what) {
            style { (PreEscaped(STYLE)) }
            rect.paper width=(width) height=(HEIGHT) {}
            @for (place, task) in report.tasks.iter().enumerate() {
                g transform=(format!("translate({} 0)", WIDTH * place as f64)) { (panel(report, task)) }
            }
        }
    };
    document.into_string() + "\n"
}

/// The axes of a panel.
struct Axes {
    most_pods: u32,
    most: f64,
}

impl Axes {
    fn x(&self, parallelism: u32) -> f64 {
        let share = f64::from(parallelism - 1) / f64::from((self.most_pods - 1).max(1));
        LEFT + 12.0 + share * (WIDTH - LEFT - RIGHT - 24.0)
    }

    fn y(&self, speed_up: f64) -> f64 {
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - speed_up / self.most)
    }

    fn line(&self, points: &[(u32, f64)]) -> String {
        points
            .iter()
            .map(|(at, value)| format!("{:.1},{:.1}", self.x(*at), self.y(*value)))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn panel(report: &Report, task: &TaskReport) -> Markup {
    let mut runs: Vec<_> = task.runs.iter().collect();
    runs.sort_by_key(|run| run.parallelism);
    let measured: Vec<(u32, f64)> =
        runs.iter().map(|run| (run.parallelism, run.speed_up)).collect();
    let ideal: Vec<(u32, f64)> = runs.iter().map(|run| (run.parallelism, run.ideal)).collect();
    let most = measured.iter().chain(&ideal).map(|(_, value)| *value).fold(1.0, f64::max);
    // At most six lines, whatever the scale is.
    let step = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]
        .into_iter()
        .find(|step| most / step <= 6.0)
        .unwrap_or(200.0);
    let axes = Axes {
        most_pods: runs.last().map_or(1, |run| run.parallelism),
        most: (most / step).ceil() * step,
    };
    let lines =
        (0..).map(|number| f64::from(number) * step).take_while(|value| *value <= axes.most);
    html! {
        text.title x=(LEFT) y="20" { (task.name) ": speed-up of " (report.completions) " completions" }
        line.measured x1=(LEFT) x2=(LEFT + 24.0) y1="38" y2="38" {}
        text x=(LEFT + 30.0) y="42" { "measured" }
        line.ideal x1=(LEFT + 110.0) x2=(LEFT + 134.0) y1="38" y2="38" {}
        text x=(LEFT + 140.0) y="42" { "ideal" }
        @for value in lines {
            line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(px(axes.y(value))) y2=(px(axes.y(value))) {}
            text.small.end x=(LEFT - 6.0) y=(px(axes.y(value) + 4.0)) { (value) }
        }
        @for (at, _) in &measured {
            text.small.middle x=(px(axes.x(*at))) y=(HEIGHT - BOTTOM + 16.0) { (at) }
        }
        text.small.middle x=((LEFT + WIDTH - RIGHT) / 2.0) y=(HEIGHT - 8.0) { "pods at once (parallelism)" }
        polyline.ideal points=(axes.line(&ideal)) {}
        polyline.measured points=(axes.line(&measured)) {}
        @for run in runs {
            circle.measured cx=(px(axes.x(run.parallelism))) cy=(px(axes.y(run.speed_up))) r="4" {
                title { (format!("parallelism {}: {:.2} s, speed-up {:.2} of {:.2}", run.parallelism, run.seconds, run.speed_up, run.ideal)) }
            }
        }
    }
}

fn px(value: f64) -> String {
    format!("{value:.1}")
}
