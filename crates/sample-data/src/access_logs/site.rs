//! What the web site has, and what is asked of it that it has not.

use crate::random::Words;

use super::word::LogWord;

/// A kind of path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Static,
    Page,
    Api,
    Missing,
    Odd,
}

/// Every path, the kinds one after the other, the most popular of a kind first.
#[derive(Clone, Debug)]
pub(super) struct Site {
    paths: Vec<Vec<u8>>,
}

const STATIC: u32 = 1_500;
const PAGES: u32 = 30_000;
const API: u32 = 3_000;
const MISSING: u32 = 3_000;

/// Weights in parts of 1,000.
const KINDS: &[(u32, Kind)] = &[
    (430, Kind::Static),
    (330, Kind::Page),
    (170, Kind::Api),
    (60, Kind::Missing),
    (10, Kind::Odd),
];

const FILES: [&str; 10] = ["css", "js", "png", "jpg", "webp", "svg", "woff2", "ico", "mp4", "pdf"];
const SECTIONS: [&str; 6] = ["products", "category", "blog", "help", "brands", "stores"];
const WORDS: [&str; 32] = [
    "amber", "basket", "candle", "delta", "ember", "fjord", "garden", "harbor", "indigo", "jasper",
    "kettle", "linen", "marble", "nectar", "orchid", "pepper", "quartz", "ribbon", "saddle",
    "timber", "umbra", "velvet", "willow", "xylem", "yarrow", "zephyr", "cobalt", "meadow",
    "copper", "silver", "maple", "onyx",
];
const RESOURCES: [&str; 5] = ["orders", "carts", "customers", "stock", "prices"];
const PROBES: [&str; 12] = [
    "/wp-login.php",
    "/.env",
    "/xmlrpc.php",
    "/favicon.png",
    "/.git/config",
    "/phpmyadmin/",
    "/admin.php",
    "/apple-touch-icon.png",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/cgi-bin/luci",
    "/ads.txt",
    "/.well-known/security.txt",
];
/// Percent-encoded, UTF-8 as it is, Latin-1, no text at all, slashes and dots too many, a
/// parameter.
const ODD: [&[u8]; 10] = [
    b"/caf%C3%A9",
    b"/%E6%9D%B1%E4%BA%AC/",
    "/über-uns".as_bytes(),
    "/商品/鞄".as_bytes(),
    b"/caf\xe9",
    b"/a\xff\xfeb/\xc0\xaf",
    b"//shop//index.html",
    b"/shop/../shop/./index.html",
    b"/search;jsessionid=5F2C",
    b"/100%",
];

impl Site {
    pub(super) fn new() -> Site {
        let mut paths: Vec<Vec<u8>> =
            (0..STATIC).map(|rank| static_file(rank).into_bytes()).collect();
        paths.extend((0..PAGES).map(|rank| page(rank).into_bytes()));
        paths.extend((0..API).map(|rank| {
            format!("/api/v1/{}/{}", pick(&RESOURCES, rank), 1000 + rank / 5).into_bytes()
        }));
        paths.extend((0..MISSING).map(|rank| match PROBES.get(rank as usize) {
            Some(probe) => probe.as_bytes().to_vec(),
            None => format!("/old/{}-{rank}.html", pick(&WORDS, rank)).into_bytes(),
        }));
        paths.extend(ODD.map(<[u8]>::to_vec));
        // Longer than a line of most logs, shorter than what servers accept.
        paths.push(format!("/redirect/{}", "abcdefghij".repeat(300)).into_bytes());
        Site { paths }
    }

    /// All paths, by number.
    pub(super) fn paths(&self) -> &[Vec<u8>] {
        &self.paths
    }

    /// The kind and the number of the path of a line. Within a kind, each rank from 2^n on to
    /// 2^(n+1) has the same part of the requests together, which is Zipf's law in whole
    /// numbers.
    pub(super) fn choose(&self, words: &Words) -> (Kind, u32) {
        let kind = words.weigh(LogWord::PathKind, KINDS);
        let (first, count) = match kind {
            Kind::Static => (0, STATIC),
            Kind::Page => (STATIC, PAGES),
            Kind::Api => (STATIC + PAGES, API),
            Kind::Missing => (STATIC + PAGES + API, MISSING),
            Kind::Odd => {
                let first = STATIC + PAGES + API + MISSING;
                (first, self.paths.len() as u32 - first)
            }
        };
        let level = words.below(LogWord::PathLevel, u32::BITS - count.leading_zeros());
        let rank = (1 << level) - 1 + words.below(LogWord::PathRank, 1 << level);
        (kind, first + rank % count)
    }
}

fn pick<T: Copy>(choices: &[T], number: u32) -> T {
    choices[number as usize % choices.len()]
}

fn static_file(rank: u32) -> String {
    match rank {
        0 => "/favicon.ico".to_owned(),
        1 => "/robots.txt".to_owned(),
        _ => {
            // A content hash as build tools put it into names.
            let hash = rank.wrapping_mul(2_654_435_761);
            format!("/assets/{}-{rank}.{hash:08x}.{}", pick(&WORDS, rank), pick(&FILES, rank / 3))
        }
    }
}

fn page(rank: u32) -> String {
    match rank {
        0 => "/".to_owned(),
        1 => "/search".to_owned(),
        2 => "/cart".to_owned(),
        3 => "/login".to_owned(),
        _ => format!(
            "/{}/{}-{}-{rank}",
            pick(&SECTIONS, rank),
            pick(&WORDS, rank / 6),
            pick(&WORDS, rank / 192 + 7)
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::random::RowWords;

    #[test]
    fn no_two_paths_are_the_same_even_where_bytes_are_replaced() {
        let site = Site::new();
        let texts: HashSet<String> =
            site.paths().iter().map(|path| String::from_utf8_lossy(path).into_owned()).collect();
        assert_eq!(texts.len(), site.paths().len());
        assert!(
            site.paths().iter().all(|path| path.iter().all(|byte| !b" \"\\?\t\n".contains(byte)))
        );
    }

    #[test]
    fn a_few_paths_have_most_of_the_requests_and_many_have_some() {
        let site = Site::new();
        let mut counts = vec![0u32; site.paths().len()];
        let mut words = RowWords::starting_at(*b"a test's domain.", 7, 0);
        for _ in 0..200_000 {
            counts[site.choose(&words.next_row()).1 as usize] += 1;
        }
        assert!(counts.iter().filter(|count| **count > 0).count() > 10_000);
        assert!(counts[STATIC as usize] > 2_000, "the front page");
        assert!(
            counts[(STATIC + PAGES + API + MISSING) as usize..].iter().all(|count| *count > 20),
            "each odd one"
        );
    }
}
