//! A format string as it stands in a server's configuration: `log_format NAME '...' '...';` of
//! nginx, `LogFormat "..." NAME` of Apache, or the quoted string alone. Pure.

/// The format string itself. Any other text is one already, and is returned as it is.
///
/// Sources: <https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format>,
/// <https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#logformat>.
pub(super) fn format_of(text: &str) -> String {
    let trimmed = text.trim();
    let found = if let Some(rest) = after_word(trimmed, "log_format") {
        nginx(rest)
    } else if let Some(rest) = after_word(trimmed, "LogFormat") {
        // The name behind the string is optional.
        piece(rest).map(|(format, _)| format)
    } else if trimmed.starts_with('\'') {
        pieces(trimmed)
    } else {
        // A format whose fields are all in quotes begins and ends so as well. One piece is quoted
        // as a whole.
        piece(trimmed).filter(|(_, rest)| is_end(rest)).map(|(format, _)| format)
    };
    found.unwrap_or_else(|| text.to_owned())
}

/// `NAME [escape=default|json|none] string ...;`
fn nginx(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix("escape=") {
        Some(escape) => escape.split_once(char::is_whitespace)?.1,
        None => rest,
    };
    pieces(rest)
}

/// Strings in quotes, one after the other, which nginx joins without anything between them.
fn pieces(text: &str) -> Option<String> {
    let (mut rest, mut joined) = (text, String::new());
    loop {
        let (format, behind) = piece(rest)?;
        joined.push_str(&format);
        rest = behind;
        if is_end(rest) {
            return Some(joined);
        }
    }
}

/// The string in quotes that `text` begins with, without its quotes and their escapes, and what
/// stands behind it.
fn piece(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
    let (mut inside, mut is_escaped) = (String::new(), false);
    for (at, char) in text.char_indices().skip(1) {
        match char {
            // Other escapes are those of the format string itself.
            _ if is_escaped => {
                if char != quote {
                    inside.push('\\');
                }
                inside.push(char);
                is_escaped = false;
            }
            '\\' => is_escaped = true,
            _ if char == quote => return Some((inside, &text[at + 1..])),
            _ => inside.push(char),
        }
    }
    None
}

/// Whether nothing but the end of a directive follows.
fn is_end(rest: &str) -> bool {
    matches!(rest.trim(), "" | ";")
}

/// What stands behind a word, in whatever case it is written.
fn after_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (first, rest) = text.split_once(char::is_whitespace)?;
    first.eq_ignore_ascii_case(word).then(|| rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_taken_out_of_its_directive_and_its_quotes() {
        let main = r#"$remote_addr - [$time_local] "$request" $status"#;
        for text in [
            main.to_owned(),
            format!("'{main}'"),
            format!("log_format main '{main}';"),
            format!("  log_format  main\n    escape=json '{main}' ;\n"),
            "log_format main '$remote_addr - [$time_local] '\n        '\"$request\" $status';"
                .to_owned(),
            "'$remote_addr - [$time_local] ' '\"$request\" $status'".to_owned(),
            r#"log_format main "$remote_addr - [$time_local] \"$request\" $status";"#.to_owned(),
        ] {
            assert_eq!(format_of(&text), main, "{text}");
        }
        for text in [
            r#"LogFormat "%h %t \"%r\"" common"#,
            r#"logformat "%h %t \"%r\"""#,
            r#""%h %t \"%r\"""#,
            r#"%h %t "%r""#,
        ] {
            assert_eq!(format_of(text), r#"%h %t "%r""#, "{text}");
        }
    }

    #[test]
    fn a_format_whose_fields_are_all_in_quotes_keeps_them() {
        for text in [
            r#""%h" "%t" "%r""#,
            r#""$remote_addr" "$time_iso8601" "$request""#,
            "log_format main",
            "log_format main '$remote_addr",
            "'$remote_addr' x",
            "",
        ] {
            assert_eq!(format_of(text), text, "{text}");
        }
    }
}
