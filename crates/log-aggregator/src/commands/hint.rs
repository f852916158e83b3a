//! What is odd about the name of the input, for messages where no logs, or those of other months,
//! are found by it.

use job_files::Template;

/// Words for the end of a sentence; empty where nothing is odd.
pub(super) fn hint(input: &str, template: &Template, month: u8) -> String {
    let (has_month, has_year, has_index) =
        (template.has("month"), template.has("year"), template.has("index"));
    let mut hints = Vec::new();
    if has_index {
        hints.push(format!(
            "{{index}} is {} here, counted from 0, and {{month}} is {month}, counted from 1",
            month - 1
        ));
    }
    if has_month && input.contains("{month}") && month < 10 {
        hints.push(format!("{{month}} is {month} here, and {{month:02}} would be {month:02}"));
    }
    if has_month && !has_year {
        hints.push(
            "there is no {year} in it, so that the logs of every year are the same".to_owned(),
        );
    }
    if !has_month && !has_index {
        hints.push("there is no {month} in it, so that every index reads the same logs".to_owned());
    }
    if ["%Y", "%m", "%d"].iter().any(|place| input.contains(place)) {
        hints.push("%Y and %m are no places for numbers: write {year} and {month:02}".to_owned());
    }
    if hints.is_empty() {
        String::new()
    } else {
        format!(" (in --input {}: {})", input, hints.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_odd_about_an_input_is_told() {
        for (input, says) in [
            ("logs/{index}/", "{index} is 2 here, counted from 0, and {month} is 3"),
            ("logs/{year}/{month}/", "{month:02} would be 03"),
            ("logs/{month:02}/", "no {year}"),
            ("logs/", "no {month}"),
            ("logs/%Y/%m/", "write {year} and {month:02}"),
        ] {
            let template = Template::parse(input, &["month", "year", "index"]).unwrap();
            assert!(hint(input, &template, 3).contains(says), "{input}");
        }
        let good = "logs/{year}/{month:02}/";
        assert_eq!(hint(good, &Template::parse(good, &["month", "year", "index"]).unwrap(), 3), "");
    }
}
