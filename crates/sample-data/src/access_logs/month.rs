//! The lines of one month in their order.

use std::ops::Range;

use crate::bad_share::BadShare;
use crate::random::RowWords;

use super::{
    broken::break_line,
    calendar::{Moment, Rhythm, days_of_month},
    format::{Format, Writer},
    request::Request,
    site::Site,
    truth::MonthTruth,
    visitor::Visitors,
    word::LogWord,
};

const DOMAIN: [u8; 16] = *b"access-logs/1\0\0\0";
/// Places of a line within its slot of time.
const SLOT: u32 = 1 << 12;
/// One line in so many is of the month before, at the beginning, and as many are of the one after,
/// at the end: servers write a line when its request is over, and files are changed a little late.
const STRAY: u64 = 2_000;

/// Everything that decides what the lines of a month are. How they are dealt out over objects is no
/// part of it.
#[derive(Clone, Copy, Debug)]
pub struct MonthRecipe {
    /// From 1970.
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// How many lines, broken ones included.
    pub lines: u64,
    /// The chance of each line to be broken.
    pub broken_share: BadShare,
    /// How lines are written.
    pub format: Format,
    /// Another seed, other lines.
    pub seed: u64,
}

/// The lines of a month that are still to come, and the truth about those that are not.
#[derive(Debug)]
pub struct Lines {
    recipe: MonthRecipe,
    site: Site,
    writer: Writer,
    visitors: Visitors,
    rhythm: Rhythm,
    words: RowWords,
    days: Range<i64>,
    next: u64,
    hour: usize,
    truth: MonthTruth,
}

impl Lines {
    /// All lines of a month, none of them written yet.
    pub fn of(recipe: MonthRecipe) -> Lines {
        let site = Site::new();
        let writer = Writer::new(recipe.format, &site);
        // Months of a year are apart in one stream, further than any of them is long.
        let first = ((recipe.year as u64) * 12 + u64::from(recipe.month)) << 40;
        Lines {
            recipe,
            visitors: Visitors::of(recipe.lines),
            rhythm: Rhythm::new(recipe.year, recipe.month),
            words: RowWords::starting_at(DOMAIN, recipe.seed, first),
            days: days_of_month(recipe.year, recipe.month),
            next: 0,
            hour: 0,
            truth: MonthTruth::new(
                recipe.year,
                recipe.month,
                site.paths().len(),
                recipe.format.has_agent(),
            ),
            site,
            writer,
        }
    }

    /// What stands at the beginning of every object.
    pub fn header(&self) -> &'static [u8] {
        self.recipe.format.header()
    }

    /// Appends the next line and its line feed; `false` when there is none left.
    pub fn write_next(&mut self, out: &mut Vec<u8>) -> bool {
        let line = self.next;
        if line >= self.recipe.lines {
            return false;
        }
        self.next += 1;
        let words = self.words.next_row();
        let at = self.moment(line, words.below(LogWord::Moment, SLOT));
        let mut request = Request::new(at, &words, &self.site, &self.visitors);
        // These two log only what was HTTP.
        if matches!(
            self.recipe.format,
            Format::CaddyJson | Format::TraefikJson | Format::Cloudfront
        ) {
            request.is_http = true;
        }
        let start = out.len();
        self.writer.write(&request, out);
        if words.below(LogWord::Broken, BadShare::WHOLE)
            < self.recipe.broken_share.parts_per_million()
        {
            break_line(&words, start, out);
            self.truth.count_broken();
        } else if self.days.contains(&at.day()) {
            self.truth.count(&request, request.is_http);
        } else {
            self.truth.count_other_month();
        }
        true
    }

    /// The counts of the lines written so far.
    pub fn truth(&self) -> &MonthTruth {
        &self.truth
    }

    /// The truth about a month that is written to its end.
    pub fn truth_json(&self) -> Vec<u8> {
        self.truth.to_json(&self.writer)
    }

    fn moment(&mut self, line: u64, place: u32) -> Moment {
        const DAY_MS: i64 = 86_400_000;
        let stray = self.recipe.lines / STRAY;
        Moment::new(if line < stray {
            self.days.start * DAY_MS - ((stray - line) as i64).min(DAY_MS)
        } else if line >= self.recipe.lines - stray {
            self.days.end * DAY_MS + ((line + stray - self.recipe.lines) as i64).min(DAY_MS - 1)
        } else {
            let place = u128::from(line) * u128::from(SLOT) + u128::from(place);
            self.rhythm.at(place, u128::from(self.recipe.lines) * u128::from(SLOT), &mut self.hour)
        })
    }
}
