//! What can be wrong with the string of a format.

/// Why a format string cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// A directive that mod_log_config does not have, or whose form is wrong.
    #[error(
        "the directive {directive} at character {at} of the format is unknown; see Apache's \
         mod_log_config for those that there are"
    )]
    Directive {
        /// The directive, as it is written in the format.
        directive: String,
        /// Its place in the format, in characters from 1.
        at: usize,
    },
    /// A time whose format cannot be read.
    #[error(
        "the time {directive} is not read; use %t, or %{{sec}}t, %{{msec}}t, %{{usec}}t, \
         %{{%d/%b/%Y:%T %z}}t or %{{%FT%T%z}}t"
    )]
    Time {
        /// The directive, as it is written in the format.
        directive: String,
    },
    /// A directive of GoAccess that is not read.
    #[error(
        "GoAccess' {directive} is not read; of its times %d:%t %^ (10/May/2024:08:00:00 +0000) and \
         %dT%t (ISO 8601) are. Known formats have names, such as squid, w3c or aws-s3"
    )]
    OfGoAccess {
        /// The directive.
        directive: String,
    },
    /// Two fields touch.
    #[error(
        "two fields of the format have nothing between them, so that nobody can tell where the \
         first one ends"
    )]
    SideBySide,
    /// A string in quotes that has no end.
    #[error("the quote before {string:?} is never closed; paste the whole directive")]
    OpenQuote {
        /// The beginning of the string.
        string: String,
    },
    /// A directive of a server's configuration without a format.
    #[error("there is no string of a format behind {directive}; paste the whole directive")]
    NoString {
        /// `log_format` or `LogFormat`.
        directive: &'static str,
    },
    /// Several directives of a server's configuration.
    #[error("it has several {directive}: {names}; give the one that the log is written by")]
    Several {
        /// `log_format` or `LogFormat`.
        directive: &'static str,
        /// The names of the formats.
        names: String,
    },
    /// A format of several lines.
    #[error(
        "there is a line end at character {at} of the format, and a line of a log has none; join \
         the lines, or paste the whole directive, log_format NAME '...' '...';"
    )]
    LineEnd {
        /// Its place in the format, in characters from 1.
        at: usize,
    },
    /// Neither a directive of Apache nor a variable of nginx is in it.
    #[error(
        "a format says what stands where by directives such as %h (Apache's LogFormat) or \
         $remote_addr (nginx' log_format), and it has none"
    )]
    NoDirective,
    /// A field is missing without which there is nothing to count.
    #[error("the format has no {0}, without which a line cannot be counted")]
    Lacks(&'static str),
}
