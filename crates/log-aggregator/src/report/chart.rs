//! Charts as SVG without a library: no script, no font to fetch, and colours from the page's style
//! sheet, so that they follow its light and dark themes and print.

use maud::{Markup, html};

use super::scale::{AxisUnit, short, steps};

/// How the values of a bar relate to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Each stands on the one before it, and the bar is their sum.
    Stack,
    /// The first is the bar, and the others are parts of it.
    Parts,
    /// Each is a bar of its own, beside the one before it.
    Pairs,
}

/// Bars side by side, each of values of several kinds.
pub struct BarChart<'a> {
    /// What a screen reader says it shows.
    pub label: &'a str,
    /// The kinds, from the bottom of the stack up: the class in the style sheet and the name.
    pub kinds: &'a [(&'a str, &'a str)],
    /// The bars: the name under the bar and a value of each kind.
    pub bars: &'a [(String, Vec<u64>)],
    /// How the values of a bar relate to each other.
    pub form: Form,
    /// The unit of the values.
    pub unit: AxisUnit,
    /// Width in the units of the drawing, of which about 420 fill a phone.
    pub width: u32,
    /// What stands under the bar of this name, if anything.
    pub under: fn(&str) -> Option<&str>,
}

const HEIGHT: f64 = 180.0;
const LEFT: f64 = 46.0;
const BOTTOM: f64 = 20.0;
const TOP: f64 = 8.0;

impl BarChart<'_> {
    /// The chart. It takes the width of the element around it.
    pub fn draw(&self) -> Markup {
        let width = f64::from(self.width);
        let tops =
            self.bars.iter().filter_map(|(_, values)| self.ends(values).map(|(_, to)| to).max());
        let most = tops.max().unwrap_or(0);
        let axis = Axis::of(most, self.unit.base);
        let room = (width - LEFT) / self.bars.len().max(1) as f64;
        // A gap between bars, none between the hundreds of a year.
        let thick = if room > 4.0 { room * 0.78 } else { room };
        html! {
            svg viewBox=(format!("0 0 {width} {HEIGHT}")) role="img" aria-label=(self.label) {
                (axis.lines(width, self.unit.axis))
                @for (number, (name, values)) in self.bars.iter().enumerate() {
                    @let x = LEFT + room * number as f64 + (room - thick) / 2.0;
                    g {
                        title { (self.title(name, values)) }
                        // The empty part of a bar can be pointed at, too.
                        rect.hit
                            x=(px(x)) y=(px(TOP)) width=(px(room))
                            height=(px(HEIGHT - TOP - BOTTOM)) {}
                        @let parts = self.kinds.iter().zip(self.ends(values)).enumerate();
                        @for (at, (kind, (from, to))) in parts {
                            @let (x, thick) = self.place(x, thick, at);
                            @if from < to {
                                rect
                                    class=(kind.0) x=(px(x)) y=(px(axis.y(to))) width=(px(thick))
                                    height=(px(axis.y(from) - axis.y(to))) {}
                            }
                        }
                    }
                    @if let Some(under) = (self.under)(name) {
                        text.name x=(px(x + thick / 2.0)) y=(px(HEIGHT - 5.0)) { (under) }
                    }
                }
            }
            @if self.kinds.len() > 1 {
                ul.legend { @for (class, name) in self.kinds { li { i class=(class) {} (name) } } }
            }
        }
    }

    /// Where the part of each value begins and ends.
    fn ends(&self, values: &[u64]) -> impl Iterator<Item = (u64, u64)> {
        let form = self.form;
        stacked(values).zip(values).map(move |(stacked, value)| match form {
            Form::Stack => stacked,
            Form::Parts | Form::Pairs => (0, *value),
        })
    }

    /// Where the bar of a kind begins, and how wide it is.
    fn place(&self, x: f64, width: f64, kind: usize) -> (f64, f64) {
        match self.form {
            Form::Stack | Form::Parts => (x, width),
            Form::Pairs => {
                let width = width / self.kinds.len() as f64;
                (x + width * kind as f64, width)
            }
        }
    }

    fn title(&self, name: &str, values: &[u64]) -> String {
        let kinds = self.kinds.iter().zip(values);
        let parts: Vec<String> = if self.kinds.len() == 1 {
            values.iter().map(|value| (self.unit.show)(*value)).collect()
        } else {
            kinds.map(|((_, kind), value)| format!("{kind} {}", (self.unit.show)(*value))).collect()
        };
        format!("{name}: {}", parts.join(", "))
    }
}

/// The ends of each part of a stack.
fn stacked(values: &[u64]) -> impl Iterator<Item = (u64, u64)> {
    values.iter().scan(0_u64, |top, value| {
        let from = *top;
        *top = top.saturating_add(*value);
        Some((from, *top))
    })
}

/// The axis that values are read on.
struct Axis {
    step: u64,
    number: u64,
}

impl Axis {
    fn of(most: u64, base: u64) -> Axis {
        let (step, number) = steps(most, base);
        Axis { step, number }
    }

    /// Where a value stands, from the top of the drawing.
    fn y(&self, value: u64) -> f64 {
        let share = value as f64 / (self.step as f64 * self.number as f64);
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - share)
    }

    fn lines(&self, width: f64, show: fn(u64) -> String) -> Markup {
        html! {
            @for step in 0..=self.number {
                @let y = self.y(step.saturating_mul(self.step));
                line.axis x1=(px(LEFT)) x2=(px(width)) y1=(px(y)) y2=(px(y)) {}
                text.value
                    x=(px(LEFT - 5.0)) y=(px(y + 3.5)) { (show(step.saturating_mul(self.step))) }
            }
        }
    }
}

/// Lines of several kinds over the same places, such as quantiles over months. Places without a
/// value are left out.
pub struct LineChart<'a> {
    /// What a screen reader says it shows.
    pub label: &'a str,
    /// The class in the style sheet, the name and the values by place.
    pub lines: &'a [(&'a str, &'a str, Vec<Option<u64>>)],
    /// The names of the places.
    pub places: &'a [String],
    /// How a value reads.
    pub show: fn(u64) -> String,
    /// Width in the units of the drawing.
    pub width: u32,
}

impl LineChart<'_> {
    /// The chart, as wide as what it stands in.
    pub fn draw(&self) -> Markup {
        let width = f64::from(self.width);
        let values = self.lines.iter().flat_map(|(_, _, values)| values.iter().flatten());
        let axis = Axis::of(values.copied().max().unwrap_or(0), 10);
        let room = (width - LEFT) / self.places.len().max(1) as f64;
        let x = |place: usize| LEFT + room * (place as f64 + 0.5);
        let corner = |(at, value): &(usize, u64)| format!("{},{}", px(x(*at)), px(axis.y(*value)));
        html! {
            svg viewBox=(format!("0 0 {width} {HEIGHT}")) role="img" aria-label=(self.label) {
                (axis.lines(width, self.show))
                @for (class, name, values) in self.lines {
                    @let points: Vec<(usize, u64)> = values
                        .iter()
                        .enumerate()
                        .filter_map(|(at, value)| Some((at, (*value)?)))
                        .collect();
                    polyline
                        class=(class)
                        points=(points.iter().map(corner).collect::<Vec<_>>().join(" ")) {}
                    @for (at, value) in points {
                        circle class=(class) cx=(px(x(at))) cy=(px(axis.y(value))) r="3" {
                            title { (self.places[at]) ": " (name) " " ((self.show)(value)) }
                        }
                    }
                }
                @for (at, name) in self.places.iter().enumerate() {
                    text.name x=(px(x(at))) y=(px(HEIGHT - 5.0)) { (name) }
                }
            }
            ul.legend { @for (class, name, _) in self.lines { li { i class=(class) {} (name) } } }
        }
    }
}

/// A table of squares, the darker the more: rows by columns.
pub struct HeatMap<'a> {
    /// What a screen reader says it shows.
    pub label: &'a str,
    /// Names of the rows.
    pub rows: &'a [&'a str],
    /// A value for each column of each row.
    pub values: &'a [Vec<u64>],
    /// Names of the columns.
    pub columns: &'a [String],
}

impl HeatMap<'_> {
    /// The chart, as wide as what it stands in.
    pub fn draw(&self) -> Markup {
        const SIDE: f64 = 18.0;
        let left = 34.0;
        let (width, height) =
            (left + SIDE * self.columns.len() as f64, SIDE * self.rows.len() as f64 + 16.0);
        let most = self.values.iter().flatten().copied().max().unwrap_or(0).max(1);
        html! {
            svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(self.label) {
                @for (row, (name, values)) in self.rows.iter().zip(self.values).enumerate() {
                    @let y = SIDE * row as f64;
                    text.value x=(px(left - 5.0)) y=(px(y + 12.5)) { (name) }
                    @for (column, value) in values.iter().enumerate() {
                        rect.heat
                            x=(px(left + SIDE * column as f64 + 1.0)) y=(px(y + 1.0))
                            width=(px(SIDE - 2.0)) height=(px(SIDE - 2.0)) rx="2"
                            style=(format!("--heat:{:.3}", *value as f64 / most as f64)) {
                            title { (name) " " (self.columns[column]) ": " (short(*value)) }
                        }
                    }
                }
                @for (column, name) in self.columns.iter().enumerate().step_by(3) {
                    text.name
                        x=(px(left + SIDE * (column as f64 + 0.5))) y=(px(height - 4.0)) { (name) }
                }
            }
        }
    }
}

/// A coordinate: tenths are finer than any screen shows, and the same on every machine.
fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::super::scale::COUNTS;
    use super::*;

    fn bars(bars: &[(String, Vec<u64>)]) -> String {
        let kinds = [("ok", "good"), ("bad", "bad")];
        BarChart {
            label: "l",
            kinds: &kinds,
            bars,
            form: Form::Stack,
            unit: COUNTS,
            width: 420,
            under: |name| Some(name),
        }
        .draw()
        .into_string()
    }

    #[test]
    fn a_bar_is_as_high_as_its_share_of_the_axis() {
        let svg = bars(&[("a".to_owned(), vec![2, 0]), ("b".to_owned(), vec![1, 3])]);
        // The axis goes to 4 over 152 units.
        assert!(svg.contains("height=\"76\""), "{svg}");
        assert!(svg.contains("height=\"38\"") && svg.contains("height=\"114\""), "{svg}");
        assert!(svg.contains("<title>b: good 1, bad 3</title>"), "{svg}");
        assert_eq!(svg.matches("class=\"bad\"").count(), 2, "one bar and the legend: {svg}");
    }

    #[test]
    fn bars_of_pairs_stand_beside_each_other() {
        let bars = [("a".to_owned(), vec![2, 4])];
        let kinds = [("then", "2023"), ("now", "2024")];
        let chart = BarChart {
            label: "l",
            kinds: &kinds,
            bars: &bars,
            form: Form::Pairs,
            unit: COUNTS,
            width: 146,
            under: |name| Some(name),
        };
        let svg = chart.draw().into_string();
        // One bar of 78 units in a room of 100, in two halves.
        assert!(svg.contains("class=\"then\" x=\"57\" y=\"84\" width=\"39\""), "{svg}");
        assert!(svg.contains("class=\"now\" x=\"96\" y=\"8\" width=\"39\""), "{svg}");
    }

    #[test]
    fn nothing_at_all_is_drawn_as_an_empty_chart() {
        assert!(bars(&[]).contains("<svg"));
        assert!(bars(&[("a".to_owned(), vec![0, 0])]).contains("<svg"));
    }

    #[test]
    fn names_from_a_log_cannot_become_markup() {
        let svg = bars(&[("<script>&\"".to_owned(), vec![1, 1])]);
        assert!(!svg.contains("<script>") && svg.contains("&lt;script&gt;&amp;&quot;"), "{svg}");
    }
}
