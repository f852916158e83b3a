//! What a browser or another tool is told of an object, by its name.

/// The media type of a key. What ends in nothing known is bytes.
pub(super) fn content_type(key: &str) -> &'static str {
    let name = key.rsplit('/').next().unwrap_or(key);
    // The manifest that vouches for a folder is JSON, whatever its name says.
    if name == "_SUCCESS" {
        return "application/json";
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "tsv" => "text/tab-separated-values; charset=utf-8",
        "json" => "application/json",
        "ndjson" | "jsonl" => "application/x-ndjson",
        "txt" | "log" => "text/plain; charset=utf-8",
        "gz" => "application/gzip",
        "zst" => "application/zstd",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::content_type;

    #[test]
    fn a_type_is_told_by_the_end_of_the_name() {
        for (key, wanted) in [
            ("2024/report.html", "text/html; charset=utf-8"),
            ("out/part-00000/accepted.csv", "text/csv; charset=utf-8"),
            ("out/part-00000/accepted.CSV.gz", "application/gzip"),
            ("01/summary.json", "application/json"),
            ("01/_SUCCESS", "application/json"),
            ("v1.html/output", "application/octet-stream"),
            ("tasks.ndjson", "application/x-ndjson"),
        ] {
            assert_eq!(content_type(key), wanted, "{key}");
        }
    }
}
