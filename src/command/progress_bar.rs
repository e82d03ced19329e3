use std::{io::Write, sync::Mutex};

/// A bar on standard error, drawn anew as it grows, and taken away when it is dropped.
pub(super) struct ProgressBar<'a> {
    state: Mutex<State<'a>>,
    columns: usize,
    unit: Unit,
}

struct State<'a> {
    out: &'a mut (dyn Write + Send),
    drawn: Option<u64>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unit {
    /// Bytes: how many there are is said.
    Bytes,
    /// What nobody has a measure for.
    Steps,
}

/// How long the bar is at most, in characters.
const LENGTH: usize = 40;

impl<'a> ProgressBar<'a> {
    /// A bar in so many columns; nothing is drawn yet.
    pub(super) fn new(out: &'a mut (dyn Write + Send), columns: usize, unit: Unit) -> Self {
        let state = State { out, drawn: None };
        Self {
            state: Mutex::new(state),
            columns,
            unit,
        }
    }

    /// Shows how much of how much is done. A bar that cannot be drawn is no error.
    pub(super) fn show(&self, done: u64, of: u64) {
        let percent = done.min(of).saturating_mul(100) / of.max(1);
        self.draw(percent, || self.line(percent, of));
    }

    /// Shows how many bytes are done, where nobody knows of how many.
    pub(super) fn count(&self, done: u64) {
        let step = done / (10 << 20);
        self.draw(step, || format!("{} MB read", done / 1_000_000));
    }

    /// Draws a line, if it is another step than the one drawn last.
    fn draw(&self, step: u64, line: impl FnOnce() -> String) {
        let Ok(mut state) = self.state.lock() else {
            return;
        };
        if state.drawn == Some(step) {
            return;
        }
        state.drawn = Some(step);
        let line = line();
        let _ = write!(state.out, "\r{line}").and_then(|()| state.out.flush());
    }

    fn line(&self, percent: u64, of: u64) -> String {
        let words = match self.unit {
            Unit::Steps => format!(" {percent:3} %"),
            Unit::Bytes => {
                let (whole, tenth) = (of / 1_000_000, of / 100_000 % 10);
                format!(" {percent:3} % of {whole}.{tenth} MB")
            }
        };
        let width = self.columns.saturating_sub(words.len() + 3).min(LENGTH);
        let full = usize::try_from(percent).unwrap_or(100).min(100) * width / 100;
        format!("[{}{}]{words}", "#".repeat(full), "-".repeat(width - full))
    }
}

impl Drop for ProgressBar<'_> {
    fn drop(&mut self) {
        let Ok(state) = self.state.get_mut() else {
            return;
        };
        if state.drawn.is_some() {
            let _ = write!(state.out, "\r\x1b[K").and_then(|()| state.out.flush());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(columns: usize, unit: Unit, steps: &[u64], of: u64) -> String {
        let mut out = Vec::new();
        let bar = ProgressBar::new(&mut out, columns, unit);
        steps.iter().for_each(|done| bar.show(*done, of));
        drop(bar);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_bar_grows_and_goes() {
        let shown = shown(80, Unit::Steps, &[0, 4, 4, 8], 8);
        let shown: Vec<&str> = shown.split('\r').collect();
        let [_, none, half, all, "\x1b[K"] = shown[..] else {
            panic!("{shown:?}")
        };
        assert_eq!(none, format!("[{}]   0 %", "-".repeat(40)));
        assert_eq!(
            half,
            format!("[{}{}]  50 %", "#".repeat(20), "-".repeat(20))
        );
        assert_eq!(all, format!("[{}] 100 %", "#".repeat(40)));
    }

    #[test]
    fn a_line_fits_its_columns() {
        let half = shown(30, Unit::Bytes, &[5_000_000], 10_000_000);
        assert_eq!(half, "\r[#####-----]  50 % of 10.0 MB\r\x1b[K");
        assert!(shown(0, Unit::Bytes, &[1], 0).starts_with("\r[]"));
    }

    #[test]
    fn bytes_of_an_unknown_number_are_counted() {
        let mut out = Vec::new();
        let bar = ProgressBar::new(&mut out, 80, Unit::Bytes);
        for done in [300_000_000, 300_000_001, 400_000_000] {
            bar.count(done);
        }
        drop(bar);
        assert_eq!(out, b"\r300 MB read\r400 MB read\r\x1b[K");
    }

    #[test]
    fn what_is_never_shown_leaves_no_trace() {
        assert_eq!(shown(80, Unit::Steps, &[], 1), "");
    }
}
