//! Which user agents are programs.

/// What the agents of crawlers, monitors and libraries contain, in lower case. People's browsers
/// contain none of these.
///
/// The words are those by which such programs name themselves in public (`Googlebot/2.1`,
/// `bingbot`, `curl/8.5.0`, ...).
const MARKS: [&str; 38] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "archiver",
    "facebookexternalhit",
    "facebot",
    "mediapartners",
    "apis-google",
    "feedfetcher",
    "bingpreview",
    "yandeximages",
    "ia_archiver",
    "wget",
    "curl/",
    "libwww",
    "python-",
    "python/",
    "aiohttp",
    "httpx",
    "go-http-client",
    "java/",
    "okhttp",
    "apache-httpclient",
    "axios/",
    "node-fetch",
    "undici",
    "ruby",
    "php/",
    "guzzle",
    "scrapy",
    "headlesschrome",
    "phantomjs",
    "lighthouse",
    "pingdom",
    "uptime",
    "monitor",
    "kube-probe",
];

/// Whether a user agent is a program and not a person's browser. No agent at all is one.
pub fn is_bot(agent: Option<&[u8]>) -> bool {
    let Some(agent) = agent else { return true };
    let lower = agent.to_ascii_lowercase();
    MARKS.iter().any(|mark| memchr::memmem::find(&lower, mark.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_browsers() {
        for agent in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "curl/8.5.0",
            "python-requests/2.31",
            "kube-probe/1.31",
            "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/124.0",
        ] {
            assert!(is_bot(Some(agent.as_bytes())), "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/124.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15",
            "Opera/9.80 (Android; Opera Mini/7.5)",
        ] {
            assert!(!is_bot(Some(agent.as_bytes())), "{agent}");
        }
        assert!(is_bot(None));
    }
}
