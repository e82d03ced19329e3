use std::{cell::RefCell, io::Write};

/// A bar on standard error, drawn anew as it grows, and taken away when it is dropped.
pub(super) struct ProgressBar<'a> {
    state: RefCell<State<'a>>,
}

struct State<'a> {
    out: &'a mut dyn Write,
    drawn: Option<u64>,
}

/// How long the bar is, in characters.
const LENGTH: u64 = 40;

impl<'a> ProgressBar<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        let state = State { out, drawn: None };
        Self {
            state: RefCell::new(state),
        }
    }

    /// Shows how much of how much is done. A bar that cannot be drawn is no error.
    pub(super) fn show(&self, done: u64, of: u64) {
        let Ok(mut state) = self.state.try_borrow_mut() else {
            return;
        };
        let percent = done.min(of).saturating_mul(100) / of.max(1);
        if state.drawn == Some(percent) {
            return;
        }
        state.drawn = Some(percent);
        let full = usize::try_from(percent * LENGTH / 100).unwrap_or_default();
        let rest = usize::try_from(LENGTH).unwrap_or_default() - full;
        let bar = "#".repeat(full) + &"-".repeat(rest);
        let _ = write!(state.out, "\r[{bar}] {percent:3} %").and_then(|()| state.out.flush());
    }
}

impl Drop for ProgressBar<'_> {
    fn drop(&mut self) {
        let state = self.state.get_mut();
        if state.drawn.is_some() {
            let _ = write!(state.out, "\r\x1b[K").and_then(|()| state.out.flush());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_grows_and_goes() {
        let mut out = Vec::new();
        let bar = ProgressBar::new(&mut out);
        bar.show(0, 8);
        bar.show(4, 8);
        bar.show(4, 8);
        bar.show(8, 8);
        drop(bar);
        let shown = String::from_utf8(out).unwrap();
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
    fn what_is_never_shown_leaves_no_trace() {
        let mut out = Vec::new();
        drop(ProgressBar::new(&mut out));
        assert_eq!(out, b"");
    }
}
