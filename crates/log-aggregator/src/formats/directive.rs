//! A format string as it stands in a server's configuration: `log_format NAME '...' '...';` of
//! nginx, `LogFormat "..." NAME` of Apache, or the quoted strings alone, on one line or several,
//! with comments. Pure.
//!
//! Sources: <https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format>, nginx'
//! `ngx_conf_read_token`, <https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#logformat>,
//! Apache's `ap_getword_conf`.

use super::format_error::FormatError;

const NGINX: &str = "log_format";
const APACHE: &str = "LogFormat";

/// The format string itself. Any other text is one already, and is returned as it is.
///
/// # Errors
///
/// If the directive is broken, or there are several of them, or the text has a line end.
pub(super) fn format_of(text: &str) -> Result<String, FormatError> {
    let trimmed = text.trim();
    let has = |directive: &str| {
        let statements = trimmed.split(['\n', ';', '{', '}']);
        statements.map(str::trim_start).any(|statement| begins_with_word(statement, directive))
    };
    let found = if has(NGINX) {
        Some(nginx(trimmed)?)
    } else if has(APACHE) {
        Some(apache(trimmed)?)
    } else {
        quoted(trimmed)?
    };
    let format = found.unwrap_or_else(|| trimmed.replace("\\\r\n", "").replace("\\\n", ""));
    match format.char_indices().zip(1..).find(|((_, char), _)| *char == '\n') {
        Some((_, at)) => Err(FormatError::LineEnd { at }),
        None => Ok(format),
    }
}

fn begins_with_word(text: &str, word: &str) -> bool {
    text.split(|char: char| char.is_whitespace() || matches!(char, '\'' | '"'))
        .next()
        .is_some_and(|first| first.eq_ignore_ascii_case(word))
}

/// `log_format NAME [escape=default|json|none] string ...;` among other directives.
fn nginx(text: &str) -> Result<String, FormatError> {
    let statements = words(text)?;
    let formats = statements
        .split(|word| *word == Word::End)
        .filter_map(|statement| statement.split_first())
        .filter(|(directive, _)| directive.is(NGINX));
    let formats = formats.map(|(_, arguments)| {
        // A name has no variable in it, and a format has: somebody left the name out.
        let (name, strings) = match arguments.split_first() {
            Some((name, strings)) if !name.text().contains('$') => (name.text(), strings),
            _ => ("", arguments),
        };
        // nginx joins the strings without anything between them.
        let strings = strings.iter().filter(|word| !word.is_parameter());
        (name.to_owned(), strings.map(Word::text).collect::<String>())
    });
    only(NGINX, formats.collect())
}

/// `LogFormat string [NAME]` among other directives.
fn apache(text: &str) -> Result<String, FormatError> {
    let joined = text.replace("\\\r\n", "").replace("\\\n", "");
    let mut formats = Vec::new();
    for line in joined.lines().map(str::trim).filter(|line| begins_with_word(line, APACHE)) {
        let (format, rest) = match word(line[APACHE.len()..].trim_start())? {
            Some((format, rest)) => (format.text().to_owned(), rest),
            None => (String::new(), ""),
        };
        let name = word(rest.trim_start())?.map(|(name, _)| name.text().to_owned());
        formats.push((name.unwrap_or_default(), format));
    }
    only(APACHE, formats)
}

/// The only one of these formats, each with its name.
fn only(directive: &'static str, formats: Vec<(String, String)>) -> Result<String, FormatError> {
    match <[(String, String); 1]>::try_from(formats) {
        Ok([(_, format)]) if !format.is_empty() => Ok(format),
        Ok(_) => Err(FormatError::NoString { directive }),
        Err(formats) if formats.is_empty() => Err(FormatError::NoString { directive }),
        Err(formats) => {
            let names: Vec<String> = formats.into_iter().map(|(name, _)| name).collect();
            Err(FormatError::Several { directive, names: names.join(", ") })
        }
    }
}

/// Strings in quotes and nothing else but comments. `None` where the text is something else.
fn quoted(text: &str) -> Result<Option<String>, FormatError> {
    let is_apart = text.starts_with('\'') || text.starts_with('#');
    if !is_apart && !text.starts_with('"') {
        return Ok(None);
    }
    let mut words = match words(text) {
        Ok(words) => words,
        Err(_) if text.starts_with('"') => return Ok(None),
        Err(error) => return Err(error),
    };
    words.retain(|word| *word != Word::End);
    // A format whose fields are all in quotes begins and ends so as well. It stands on one line,
    // and one piece is quoted as a whole.
    let is_format = words.len() == 1 || is_apart || text.contains('\n');
    let are_quoted = words.iter().all(|word| matches!(word, Word::Quoted(_)));
    Ok((is_format && are_quoted && !words.is_empty())
        .then(|| words.iter().map(Word::text).collect()))
}

/// A word of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Bare(String),
    Quoted(String),
    /// The end of a directive, or the beginning or end of a block of them.
    End,
}

impl Word {
    fn text(&self) -> &str {
        match self {
            Word::Bare(text) | Word::Quoted(text) => text,
            Word::End => "",
        }
    }

    fn is(&self, name: &str) -> bool {
        matches!(self, Word::Bare(text) if text.eq_ignore_ascii_case(name))
    }

    fn is_parameter(&self) -> bool {
        self.text().starts_with("escape=")
    }
}

/// The words of a configuration of nginx, without comments.
fn words(text: &str) -> Result<Vec<Word>, FormatError> {
    let (mut words, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '#' => rest.split_once('\n').map_or("", |(_, behind)| behind),
            ';' | '{' | '}' => {
                words.push(Word::End);
                &rest[1..]
            }
            _ => match word(rest)? {
                Some((word, behind)) => {
                    words.push(word);
                    behind
                }
                None => "",
            },
        }
        .trim_start();
    }
    Ok(words)
}

/// The word that `text` begins with, without its quotes and their escapes, and what stands behind
/// it.
fn word(text: &str) -> Result<Option<(Word, &str)>, FormatError> {
    let Some(first) = text.chars().next() else { return Ok(None) };
    if !matches!(first, '\'' | '"') {
        // The braces of `${name}` are part of a word.
        let is_end = |(at, char): (usize, char)| {
            char.is_whitespace() || char == ';' || (char == '{' && !text[..at].ends_with('$'))
        };
        let end = text.char_indices().position(is_end).map_or(text.len(), |place| {
            text.char_indices().nth(place).map_or(text.len(), |(at, _)| at)
        });
        let (word, rest) = text.split_at(end.max(first.len_utf8()));
        return Ok(Some((Word::Bare(word.to_owned()), rest)));
    }
    let (mut inside, mut is_escaped) = (String::new(), false);
    for (at, char) in text.char_indices().skip(1) {
        match char {
            // Other escapes are those of the format string itself.
            _ if is_escaped => {
                if !matches!(char, '\'' | '"' | '\\' | '\n') {
                    inside.push('\\');
                }
                if char != '\n' {
                    inside.push(char);
                }
                is_escaped = false;
            }
            '\\' => is_escaped = true,
            _ if char == first => return Ok(Some((Word::Quoted(inside), &text[at + 1..]))),
            _ => inside.push(char),
        }
    }
    Err(FormatError::OpenQuote { string: text.chars().take(20).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_taken_out_of_its_directive_and_its_quotes() {
        let main = r#"$remote_addr - [$time_local] "$request" $status"#;
        for text in [
            main.to_owned(),
            format!("{main}\n"),
            format!("'{main}'"),
            format!("log_format main '{main}';"),
            format!("  log_format  main\n    escape=json '{main}' ;\n"),
            "log_format main '$remote_addr - [$time_local] '\n        '\"$request\" $status';"
                .to_owned(),
            "'$remote_addr - [$time_local] ' '\"$request\" $status'".to_owned(),
            r#"log_format main "$remote_addr - [$time_local] \"$request\" $status";"#.to_owned(),
            // Comments, and directives around it.
            format!("log_format main '{main}'; # as installed"),
            format!("# the log\nlog_format main '{main}';\naccess_log /var/log/a.log main;"),
            "log_format main '$remote_addr - [$time_local] ' # who, and when\n'\"$request\" \
             $status'; # what"
                .to_owned(),
            format!("http {{ log_format main '{main}'; }}"),
            format!("'{main}' # as installed"),
            format!("log_format '{main}';"),
            "\"$remote_addr - [$time_local] \"\n  '\"$request\" $status';".to_owned(),
            "$remote_addr - [$time_local] \\\n\"$request\" $status".to_owned(),
        ] {
            assert_eq!(format_of(&text).as_deref(), Ok(main), "{text}");
        }
        for text in [
            r#"LogFormat "%h %t \"%r\"" common"#,
            r#"logformat "%h %t \"%r\"""#,
            r#""%h %t \"%r\"""#,
            r#"%h %t "%r""#,
            "# the log\nLogFormat \"%h %t \\\n\\\"%r\\\"\" common\nCustomLog logs/a common",
            "  LogFormat '%h %t \"%r\"' \"common\"",
        ] {
            assert_eq!(format_of(text).as_deref(), Ok(r#"%h %t "%r""#), "{text}");
        }
        let braces = "log_format a '${remote_addr}x' ${status};";
        assert_eq!(format_of(braces).as_deref(), Ok("${remote_addr}x${status}"));
    }

    #[test]
    fn a_format_whose_fields_are_all_in_quotes_keeps_them() {
        for text in [
            r#""%h" "%t" "%r""#,
            r#""$remote_addr" "$time_iso8601" "$request""#,
            "'$remote_addr' x",
            "main",
            "",
        ] {
            assert_eq!(format_of(text).as_deref(), Ok(text), "{text}");
        }
    }

    #[test]
    fn a_directive_that_cannot_be_used_is_told_by_what_is_wrong_with_it() {
        for (text, says) in [
            ("log_format main '$remote_addr", "'$remote_addr"),
            ("log_format main;", "log_format"),
            ("log_format main '';", "log_format"),
            ("LogFormat", "LogFormat"),
            ("log_format a '$remote_addr'; log_format b '$status';", "a, b"),
            ("LogFormat \"%h\" one\nLogFormat \"%t\" two", "one, two"),
            ("%h\n%t", "character 3"),
        ] {
            let error = format_of(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
