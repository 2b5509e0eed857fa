//! The output: a table for each pass, with a note on how each figure was measured.

use std::process::Command;
use std::time::Duration;

use crate::arrival::Arrivals;
use crate::asking::OneByOne;
use crate::costs::Cost;
use crate::dialects::Rates;
use crate::doors::Doors;
use crate::guessing::Guesses;
use crate::instances::Comparison;
use crate::lockout::Case;
use crate::pass::{ACCOUNTS, Figures, STARTS};
use crate::sizes::Steps;
use crate::statistics::{mann_whitney, median, quantile};
use crate::{asking, completing, costs, crowds, dialects, guessing, hashing, instances, lockout, pages, sizes};

/// The version and the machine.
pub fn machine() {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let processor = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split(':').nth(1)?.trim().to_owned())
    });
    let compiler = Command::new("rustc").arg("--version").output().ok().and_then(|o| String::from_utf8(o.stdout).ok());
    println!("Keyback {}, release build, {}", env!("CARGO_PKG_VERSION"), compiler.unwrap_or_default().trim());
    println!("{cores} cores ({}), {}", processor.unwrap_or_default(), std::env::consts::OS);
    println!("The client runs on the same cores as the server; everything goes over loopback.");
}

/// Prints one pass.
pub fn pass(figures: &Figures) {
    println!("\n{}", figures.database);
    start_and_memory(figures);
    guesses(figures);
    requests(figures);
    completions(figures);
    pages(figures);
}

/// Prints the steps at one size.
pub fn sizes(database: &str, steps: &Steps) {
    println!("\n{database}, {} accounts, {} open requests", steps.accounts, sizes::OPEN_CHALLENGES);
    row(
        "rows made in",
        &format!("{:.1} s", steps.populating.as_secs_f64()),
        "by the database itself, not part of what follows",
    );
    let how = format!("p50, p99 of {}, one by one, each by somebody else", sizes::STEPS);
    row("request", &spread(&steps.requests), &how);
    row("wrong code", &spread(&steps.wrong_codes), &how);
    row("/reset-password", &spread(&steps.pages), &how);
    row("completion", &spread(&steps.completions), &how);
}

/// Prints the costs of requests by the length of their contents.
pub fn costs(database: &str, costs: &[Cost]) {
    println!("\n{database}, what a request costs");
    println!(
        "  Processor time of the server for one request, including the worker; p50, p99 of {} answers.",
        costs::TIMES
    );
    for cost in costs {
        let what = format!("{}, {} octets", cost.what, cost.octets);
        let processor = cost.processor.map_or_else(|| "unknown".to_owned(), milliseconds);
        println!("  {what:<46} {processor:>9}   {} ({})", spread(&cost.took), cost.status);
    }
}

/// Prints the memory used by connections that are never used to the end.
pub fn crowds(memories: &[crowds::Crowd]) {
    println!("\nMemory of {} connections", crowds::CONNECTIONS);
    for crowd in memories {
        let how = format!("VmRSS; {:.1} MiB of the kernel for all sockets of the machine", crowd.kernel);
        row(crowd.what, &format!("{:.1} MiB", crowd.resident), &how);
    }
}

/// Prints how many people get through during one flood.
pub fn lockout(database: &str, case: &Case) {
    let who = if case.with_script { "with script" } else { "without script" };
    let longest = case.passed.iter().max().map_or_else(String::new, |time| format!(", {}", milliseconds(*time)));
    let spread = if case.passed.is_empty() { String::new() } else { milliseconds(median(&case.passed)) + &longest };
    row(
        &format!("{}, {}/s, {who}", case.source.name(), case.rate),
        &format!("{} of {}", case.passed.len(), lockout::PEOPLE),
        &format!(
            "{database}; p50, max {spread}; {:.0}/s sent, {} accepted; people over {} s",
            case.sent_per_second,
            case.flood_accepted,
            lockout::SPREAD.as_secs()
        ),
    );
}

/// Prints the comparison of two instances with one.
pub fn instances(comparison: &Comparison) {
    println!("\nPostgreSQL, two instances");
    let shown = |figures: &[f64]| {
        let mut figures = figures.to_vec();
        figures.sort_by(f64::total_cmp);
        format!("{:.0}/s", figures[figures.len() / 2])
    };
    let how = format!(
        "median of {} rounds in turn, {} addresses each, {} connections",
        instances::ROUNDS,
        instances::ADDRESSES,
        asking::CONNECTIONS
    );
    row("accepted by one", &shown(&comparison.by_one), &how);
    row("accepted by two", &shown(&comparison.by_two), "the same, the client spread over both");
}

/// Prints requests per second through each protocol.
pub fn dialects(rates: &Rates) {
    println!("\n{}", rates.database);
    let how = format!(
        "median of {} rounds in turn, {} requests each, {} connections",
        dialects::ROUNDS,
        dialects::REQUESTS,
        asking::CONNECTIONS
    );
    for (dialect, figures) in &rates.by_dialect {
        let mut figures = figures.clone();
        figures.sort_by(f64::total_cmp);
        row(dialect, &format!("{:.0}/s", figures[figures.len() / 2]), &how);
    }
}

/// Prints known against unknown addresses, for each way in.
pub fn doors(doors: &Doors) {
    println!("\n{}, known against unknown", doors.database);
    for door in &doors.doors {
        let (known, unknown) = door.medians();
        let apart = (known.as_secs_f64() - unknown.as_secs_f64()) * 1_000_000.0;
        row(
            door.name,
            &format!("AUC {:.3}", door.auc()),
            &format!(
                "medians {}, {} ({apart:+.0} µs), {} of each, one by one, no pattern",
                milliseconds(known),
                milliseconds(unknown),
                door.known.len()
            ),
        );
    }
}

/// Prints what the arrival of the attacker's own mail reveals about a stranger.
pub fn arrivals(arrivals: &Arrivals) {
    let (known, unknown) = arrivals.medians();
    let apart = (known.as_secs_f64() - unknown.as_secs_f64()) * 1_000_000.0;
    let queue = if arrivals.case.is_long { "long" } else { "short" };
    row(
        &format!("{}, {} s, {queue} queue", arrivals.database, arrivals.case.delay.as_secs_f64()),
        &format!("AUC {:.3}", arrivals.auc()),
        &format!(
            "medians {}, {} ({apart:+.0} µs), {} after known, {} after unknown strangers, {} refused",
            milliseconds(known),
            milliseconds(unknown),
            arrivals.after_known.len(),
            arrivals.after_unknown.len(),
            arrivals.refused
        ),
    );
}

fn start_and_memory(figures: &Figures) {
    let per_second = ACCOUNTS as f64 / figures.import.as_secs_f64();
    row("import", &format!("{per_second:.0} accounts/s"), &format!("keyback accounts import, {ACCOUNTS} rows of CSV"));
    row(
        "start-up",
        &milliseconds(median(&figures.starts)),
        &format!("process start to the first page, median of {STARTS}"),
    );
    if let (Some(idle), Some(after)) = (figures.memory_idle, figures.memory_after) {
        row("memory, idle", &format!("{:.0} MiB", idle.resident), "VmRSS a second after the start");
        row("memory, after load", &format!("{:.0} MiB", after.resident), "VmRSS a second after everything below");
        row("memory, peak", &format!("{:.0} MiB", after.peak), "VmHWM");
    }
}

fn requests(figures: &Figures) {
    row(
        "requests accepted",
        &format!("{:.0}/s", figures.asked_per_second),
        &format!("POST /actions/ask, {} connections, {} addresses", asking::CONNECTIONS, asking::IN_PARALLEL),
    );
    row("mail lag", &milliseconds(figures.mail_lag), "from the last of them accepted to the last message written");
    let OneByOne { known, unknown, after_known, after_unknown } = &figures.one_by_one;
    let count = asking::ONE_BY_ONE;
    row("request, known", &milliseconds(median(known)), &format!("median of {count}, one by one, no pattern"));
    row("request, unknown", &milliseconds(median(unknown)), &compared(known, unknown));
    row("request after known", &milliseconds(median(after_known)), "the same requests, by the one before");
    row("request after unknown", &milliseconds(median(after_unknown)), &compared(after_known, after_unknown));
}

fn guesses(figures: &Figures) {
    let Guesses { known, unknown, per_second } = &figures.guesses;
    let how = format!("median of {}, POST /actions/check-code, one by one, no pattern", known.len());
    row("wrong code, known", &milliseconds(median(known)), &how);
    row("wrong code, unknown", &milliseconds(median(unknown)), &compared(known, unknown));
    let how = format!("{} of them, {} connections", 2 * guessing::CHALLENGES, guessing::CONNECTIONS);
    row("wrong codes", &format!("{per_second:.0}/s"), &how);
}

fn completions(figures: &Figures) {
    row(
        "argon2id alone",
        &format!("{:.0}/s", figures.raw_rate),
        &format!("m=19456 t=2 p=1, all cores, {} right before and after the next line", hashing::HASHES),
    );
    let rate = figures.completions.per_second;
    let part = 100.0 * rate / figures.raw_rate;
    row(
        "completions",
        &format!("{rate:.0}/s"),
        &format!(
            "POST /actions/set-password, {} of them, {} at once; {part:.0} % of argon2id alone",
            completing::COUNTED,
            completing::CONNECTIONS
        ),
    );
    row("completion", &spread(&figures.completions.times), "p50, p99 of these");
}

fn pages(figures: &Figures) {
    let how = format!("p50, p99 of {}, one after the other", pages::IDLE_VIEWS);
    row("/forgot-password, idle", &spread(&figures.idle.ask), &how);
    row("/reset-password, idle", &spread(&figures.idle.form), &how);
    let how = |views: &[Duration]| {
        format!("p50, p99 of {}, while {} completions are kept going", views.len(), pages::COMPLETIONS_AT_ONCE)
    };
    row("/forgot-password, hashing", &spread(&figures.hashing.ask), &how(&figures.hashing.ask));
    row("/reset-password, hashing", &spread(&figures.hashing.form), &how(&figures.hashing.form));
    let times = &figures.times_while_hashing;
    row("completion, hashing", &spread(times), &format!("p50, p99 of those {} completions", times.len()));
}

fn compared(left: &[Duration], right: &[Duration]) -> String {
    let (a, b) = (median(left).as_secs_f64(), median(right).as_secs_f64());
    let apart = 100.0 * (a - b).abs() / b;
    let p = mann_whitney(left, right);
    let p = if p < 0.001 { "< 0.001".to_owned() } else { format!("= {p:.3}") };
    format!("medians {apart:.1} % apart, Mann-Whitney p {p}")
}

fn spread(times: &[Duration]) -> String {
    format!("{}, {}", milliseconds(median(times)), milliseconds(quantile(times, 0.99)))
}

fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    if milliseconds < 10.0 { format!("{milliseconds:.2} ms") } else { format!("{milliseconds:.0} ms") }
}

fn row(what: &str, figure: &str, how: &str) {
    println!("  {what:<30} {figure:>18}   {how}");
}
