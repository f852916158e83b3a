//! The text format of Prometheus.

use std::collections::BTreeMap;

/// What Prometheus calls the format of [`plain_text`].
pub(crate) const CONTENT_TYPE_VALUE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// OpenMetrics as Prometheus' own text format 0.0.4, the only one that every scraper, the
/// Pushgateway and promtool read.
///
/// OpenMetrics names a counter without the `_total` that its samples have. Whoever reads that as
/// 0.0.4 finds samples without help and type. Here both have the samples' name.
pub(crate) fn plain_text(open_metrics: &str) -> String {
    let types: BTreeMap<&str, &str> = open_metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .collect();
    let mut out = String::with_capacity(open_metrics.len());
    for line in open_metrics.lines() {
        let Some((keyword, rest)) =
            line.strip_prefix("# ").map(|rest| rest.split_once(' ').unwrap_or((rest, "")))
        else {
            out.push_str(line);
            out.push('\n');
            continue;
        };
        let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let (suffix, kind) = match types.get(name).copied().unwrap_or_default() {
            "counter" => ("_total", "counter"),
            "info" => ("_info", "gauge"),
            "gauge" | "stateset" => ("", "gauge"),
            kind @ ("histogram" | "summary") => ("", kind),
            _ => ("", "untyped"),
        };
        match keyword {
            "HELP" => out.push_str(&format!("# HELP {name}{suffix} {text}\n")),
            "TYPE" => out.push_str(&format!("# TYPE {name}{suffix} {kind}\n")),
            // UNIT and EOF are of OpenMetrics alone.
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_and_type_bear_the_name_of_the_samples() {
        let open_metrics = "# HELP a Units # done.\n# TYPE a counter\n# UNIT a \
                            seconds\na_total{x=\"# TYPE b counter\"} 3\n# HELP b B.\n# TYPE b \
                            gauge\nb 1.5\n# HELP c C.\n# TYPE c info\nc_info{v=\"1\"} 1\n# HELP d \
                            D.\n# TYPE d unknown\nd 1\n# HELP e E.\n# TYPE e histogram\ne_sum \
                            1\n# EOF\n";
        assert_eq!(
            plain_text(open_metrics),
            "# HELP a_total Units # done.\n# TYPE a_total counter\na_total{x=\"# TYPE b \
             counter\"} 3\n# HELP b B.\n# TYPE b gauge\nb 1.5\n# HELP c_info C.\n# TYPE c_info \
             gauge\nc_info{v=\"1\"} 1\n# HELP d D.\n# TYPE d untyped\nd 1\n# HELP e E.\n# TYPE e \
             histogram\ne_sum 1\n"
        );
    }
}
