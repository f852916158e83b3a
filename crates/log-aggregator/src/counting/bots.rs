//! Which user agents are programs. Pure: an agent's text in, an answer out.
//!
//! Only the text decides. A program that calls itself a browser counts as a person's browser.

/// Where in an agent a mark must stand, so that a word that merely contains it does not count.
/// Only letters belong to a word: `bot` ends a word in `Googlebot/2.1`, `Mail.RU_Bot` and
/// `AdsBot-Google`, and does not in `Abbott`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Anywhere.
    Anywhere,
    /// At the beginning of the agent: apps write the same name behind the browser that they embed.
    Agent,
    /// At the beginning of a word.
    WordStart,
    /// At the end of a word, or before a plural's `s`.
    WordEnd,
    /// As a whole word.
    Word,
}

use At::{Agent, Anywhere, Word, WordEnd, WordStart};

/// What the agents of crawlers, monitors and libraries contain, in lower case. People's browsers
/// contain none of these.
///
/// The marks are the words by which such programs name themselves in public. Sources:
/// <https://github.com/monperrus/crawler-user-agents>, <https://github.com/omrilotan/isbot>, and
/// what the programs' own documents say of their agents.
///
/// `okhttp`, `dart/` and other libraries that apps use count as programs, too: a person may have
/// started the app, but nobody looks at a page. `Dalvik` and `CFNetwork` are not listed: they stand
/// for whatever app runs on a person's phone.
const MARKS: &[(At, &[&str])] = &[
    (
        Anywhere,
        &[
            // A program that says where to read about it. Browsers have no address in their agent.
            "://",
            "crawl",
            "archiver",
            "headless",
            "phantomjs",
            "lighthouse",
            "externalhit",
            "externalagent",
            "externalfetcher",
            "facebookcatalog",
            "feedfetcher",
            "imageproxy",
            "bingpreview",
            "uripreview",
            "yandeximages",
            "healthcheck",
            "health-check",
            "kube-probe",
            "pingdom",
            "statuscake",
            "datadogsynthetics",
            "newrelicpinger",
            "site24x7",
            "censysinspect",
            "slack-imgproxy",
            "apache-httpclient",
            "commons-httpclient",
        ],
    ),
    (
        // `Googlebot`, `bingbot`, `Slackbot`, `GPTBot`, `ClaudeBot`, `UptimeRobot`; `Baiduspider`,
        // `Bytespider`.
        WordEnd,
        &[
            "bot",
            "spider",
            "checker",
            "fetcher",
            "monitor",
            "monitoring",
            "pinger",
            "prober",
            "validator",
        ],
    ),
    (
        Word,
        &[
            "slurp",
            "ruby",
            "wget",
            "scrapy",
            "heritrix",
            "nutch",
            "httrack",
            "barkrowler",
            "nikto",
            "sqlmap",
            "masscan",
            "zgrab",
            "nuclei",
            "nmap",
            "zabbix",
            "nagios",
            "puppeteer",
            "playwright",
            "selenium",
            "aiohttp",
            "feedly",
            "googlehc",
            "googleother",
            "chatgpt-user",
            "claude-user",
            "claude-web",
            "perplexity-user",
            "mistralai-user",
            "anthropic-ai",
            "cohere-ai",
            "check_http",
        ],
    ),
    (
        WordStart,
        &[
            "mediapartners",
            "apis-google",
            "google-inspectiontool",
            "google-read-aloud",
            "uptime",
            "libwww",
            "lwp::",
            "lwp-",
            "python",
            "pycurl",
            "httpx",
            "httpie",
            "curl/",
            "libcurl",
            "aria2/",
            "go-http-client",
            "java/",
            "okhttp",
            "dart/",
            "axios/",
            "node-fetch",
            "node-superagent",
            "undici",
            "got/",
            "php/",
            "guzzle",
            "reqwest/",
            "ureq/",
            "faraday",
            "rest-client",
            "postmanruntime",
            "insomnia/",
            "windowspowershell/",
            "envoy/hc",
            "prometheus/",
            "blackbox",
        ],
    ),
    // WhatsApp's previews; the agent `node` of Node.js' own fetch; Go before 1.3.
    (Agent, &["whatsapp/", "node", "go 1.", "wordpress/", "amazon cloudfront"]),
];

/// Phones whose maker's name ends in a mark: `Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus)`.
const NO_BOTS: [&str; 1] = ["cubot"];

/// Whether a user agent is a program and not a person's browser. No agent at all is one.
pub fn is_bot(agent: Option<&[u8]>) -> bool {
    let Some(agent) = agent else { return true };
    let lower = agent.to_ascii_lowercase();
    MARKS.iter().any(|(at, marks)| marks.iter().any(|mark| has(&lower, mark, *at)))
}

/// Whether the mark stands at such a place of the agent.
fn has(agent: &[u8], mark: &str, at: At) -> bool {
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    memchr::memmem::find_iter(agent, mark.as_bytes()).any(|start| {
        let (before, behind) = (&agent[..start], &agent[start + mark.len()..]);
        let behind_plural = behind.strip_prefix(b"s").unwrap_or(behind);
        let starts = !is_letter(before.last());
        match at {
            Anywhere => true,
            Agent => before.is_empty() && !is_letter(behind.first()),
            WordStart => starts,
            Word => starts && !is_letter(behind.first()),
            WordEnd => {
                !is_letter(behind_plural.first())
                    && !NO_BOTS.iter().any(|name| is_word_ending(before, mark, name))
            }
        }
    })
}

/// Whether `mark`, with `before` in front of it, is the end of the word `name`.
fn is_word_ending(before: &[u8], mark: &str, name: &str) -> bool {
    name.strip_suffix(mark)
        .and_then(|start| before.strip_suffix(start.as_bytes()))
        .is_some_and(|before_name| !before_name.last().is_some_and(u8::is_ascii_alphabetic))
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

    #[test]
    fn well_known_programs_are_found_by_the_names_that_they_give_themselves() {
        for agent in [
            "Go-http-client/2.0",
            "Wget/1.21.4",
            "okhttp/4.12.0",
            "Java/17.0.9",
            "libwww-perl/6.72",
            "Python/3.12 aiohttp/3.9.5",
            "python-httpx/0.27.0",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; \
             +https://openai.com/gptbot)",
            "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
            "Mozilla/5.0 AppleWebKit/537.36 (compatible; ChatGPT-User/1.0)",
            "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (compatible; Bytespider)",
            "facebookexternalhit/1.1",
            "meta-externalagent/1.1",
            "Slackbot-LinkExpanding 1.0",
            "Slack-ImgProxy (+https://api.slack.com/robots)",
            "Mozilla/5.0+(compatible; UptimeRobot/2.0)",
            "Mozilla/5.0 (compatible; Uptime-Kuma)",
            "ELB-HealthChecker/2.0",
            "GoogleHC/1.0",
            "Amazon-Route53-Health-Check-Service (ref 1)",
            "Mozilla/5.0 (compatible; Linux x86_64; Mail.RU_Bot/2.0)",
            "AdsBot-Google-Mobile",
            "Mediapartners-Google",
            "Mozilla/5.0 (compatible; bingbot/2.0)",
            "Mozilla/5.0 (compatible; robots)",
            "PostmanRuntime/7.39.0",
            "WhatsApp/2.23.20.0",
            "node",
        ] {
            assert!(is_bot(Some(agent.as_bytes())), "{agent}");
        }
    }

    #[test]
    fn a_word_that_merely_contains_a_mark_makes_no_program() {
        for agent in [
            "Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/88.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 11; CUBOT KING KONG) AppleWebKit/537.36",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Abbott) Gecko/20100101 Firefox/125.0",
            "Mozilla/5.0 (Linux; U; Android 4.4; Botany) AppleWebKit/534.30",
            "Mozilla/5.0 (Linux; Android 13; Spiderman Phone) AppleWebKit/537.36",
            // Names of browsers and of devices; Pinterest's and WhatsApp's own browsers.
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 \
             [Pinterest/iOS]",
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36 WhatsApp/2.24",
            "Mozilla/5.0 (Windows NT 6.1) JavaFX/8.0",
            "Mozilla/5.0 (X11; Linux x86_64) Nodes/1.0",
        ] {
            assert!(!is_bot(Some(agent.as_bytes())), "{agent}");
        }
        // A bot on such a phone is one for all that.
        assert!(is_bot(Some(b"Mozilla/5.0 (Linux; Android 9; CUBOT_X18) Googlebot/2.1")));
    }

    #[test]
    fn marks_are_in_lower_case_since_agents_are_compared_so() {
        let all = MARKS.iter().flat_map(|(_, marks)| marks.iter()).chain(&NO_BOTS);
        all.for_each(|mark| assert_eq!(*mark, mark.to_ascii_lowercase()));
    }
}
