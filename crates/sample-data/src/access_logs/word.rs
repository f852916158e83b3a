//! What each random word of a line decides. Two decisions never share a word, so that they are
//! independent.

/// The words of a line, in their order.
#[derive(Clone, Copy, Debug)]
pub(super) enum LogWord {
    Moment,
    VisitorKind,
    /// Two words, the next one included.
    Visitor,
    Agent = 4,
    PathKind,
    PathLevel,
    PathRank,
    Status,
    Size,
    DurationLevel,
    Duration,
    Method,
    Referrer,
    Broken,
    Rest,
}

impl From<LogWord> for usize {
    fn from(word: LogWord) -> usize {
        word as usize
    }
}

#[cfg(test)]
mod tests {
    use super::LogWord;

    #[test]
    fn every_word_decides_one_thing_and_a_line_has_sixteen() {
        assert_eq!(LogWord::Visitor as usize, 2);
        assert_eq!(LogWord::Rest as usize, 15);
    }
}
