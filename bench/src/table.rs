//! Figures, and the table of their ratios.

use crate::{Failure, work};
use std::fmt;
use std::time::Instant;
use tokio::task::JoinHandle;

/// What a run under load measured.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rate {
    /// A second.
    pub(crate) rate: f64,
    /// Median, microseconds.
    pub(crate) p50: u32,
    /// 99th percentile, microseconds.
    pub(crate) p99: u32,
}

impl Rate {
    /// Waits for callers that began together. Each measured the latencies of its calls, microseconds.
    pub(crate) async fn gather(
        callers: Vec<JoinHandle<Result<Vec<u32>, Failure>>>,
        began: Instant,
    ) -> Result<Self, Failure> {
        let mut latencies = Vec::new();
        for caller in callers {
            latencies.extend(caller.await??);
        }
        let rate = latencies.len() as f64 / began.elapsed().as_secs_f64();
        let (p50, p99) = work::percentiles(&mut latencies);
        Ok(Self { rate, p50, p99 })
    }
}

/// One figure, measured several times.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample(Vec<f64>);

impl Sample {
    /// One more measurement.
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
        self.0.sort_by(f64::total_cmp);
    }

    /// The middle one.
    pub(crate) fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

impl FromIterator<f64> for Sample {
    fn from_iter<T: IntoIterator<Item = f64>>(values: T) -> Self {
        let mut sample = Self::default();
        values.into_iter().for_each(|value| sample.push(value));
        sample
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", grouped(self.median()))?;
        match (self.0.first(), self.0.last()) {
            (Some(least), Some(most)) if self.0.len() > 1 => {
                write!(out, " ({}–{})", grouped(*least), grouped(*most))
            }
            _ => Ok(()),
        }
    }
}

/// `12,345`; small figures keep a decimal.
pub(crate) fn grouped(value: f64) -> String {
    if value.abs() < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The rates and latencies of one contender under one load.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs {
    /// A second.
    pub(crate) rate: Sample,
    /// Medians, microseconds.
    pub(crate) p50: Sample,
    /// 99th percentiles, microseconds.
    pub(crate) p99: Sample,
}

impl Runs {
    /// One more run.
    pub(crate) fn push(&mut self, run: Rate) {
        self.rate.push(run.rate);
        self.p50.push(f64::from(run.p50));
        self.p99.push(f64::from(run.p99));
    }
}

/// What a ratio should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// More is better.
    AtLeast(f64),
    /// Less is better.
    AtMost(f64),
    /// Told for those who wonder.
    None,
}

impl Goal {
    fn told(self, ratio: f64) -> (String, &'static str) {
        let judged = |met| if met { "yes" } else { "**no**" };
        match self {
            Self::AtLeast(goal) => (format!("≥ {goal}"), judged(ratio >= goal)),
            Self::AtMost(goal) => (format!("≤ {goal}"), judged(ratio <= goal)),
            Self::None => (String::new(), ""),
        }
    }
}

/// The table's head.
pub(crate) fn head() {
    println!(
        "| what | Sunledger | against | there | ratio | target | met |\n| --- | --- | --- | --- | --- | --- | --- |"
    );
}

/// One line: a figure beside another one.
pub(crate) fn row(what: &str, ours: &Sample, against: &str, theirs: &Sample, goal: Goal) {
    let ratio = ours.median() / theirs.median();
    let (target, met) = goal.told(ratio);
    println!("| {what} | {ours} | {against} | {theirs} | **{ratio:.2}** | {target} | {met} |");
}

/// One line: a figure beside a limit.
pub(crate) fn limit(what: &str, ours: &Sample, unit: &str, goal: Goal) {
    let (target, met) = goal.told(ours.median());
    println!("| {what} | {ours} {unit} | | | | {target} {unit} | {met} |");
}

/// One line: the latencies of a load.
pub(crate) fn latencies(what: &str, runs: &Runs) {
    println!("| {what}: p50, p99 in µs | {}; {} | | | | | |", runs.p50, runs.p99);
}

/// One line: a figure alone.
pub(crate) fn note(what: &str, value: &str) {
    println!("| {what} | {value} | | | | | |");
}
