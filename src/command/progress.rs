use std::{
    io::Write,
    time::{Duration, Instant},
};

/// How far a body has come, in one line that is written over; only on a terminal.
pub(super) struct Progress {
    length: u64,
    columns: Option<usize>,
    drawn: Option<Instant>,
}

const PAUSE: Duration = Duration::from_millis(100);

impl Progress {
    /// Begins; nothing is drawn without `columns`.
    pub(super) fn new(length: u64, columns: Option<usize>) -> Self {
        Self {
            length,
            columns,
            drawn: None,
        }
    }

    /// Draws that so many bytes have gone, at most ten times a second.
    pub(super) fn draw(&mut self, gone: u64, out: &mut dyn Write) {
        let Some(columns) = self.columns else { return };
        if self.drawn.is_some_and(|drawn| drawn.elapsed() < PAUSE) {
            return;
        }
        self.drawn = Some(Instant::now());
        let _ = write!(out, "\r{}", line(gone, self.length, columns));
        let _ = out.flush();
    }

    /// Takes the line away.
    pub(super) fn end(&self, out: &mut dyn Write) {
        if self.drawn.is_some() {
            let _ = write!(out, "\r\x1b[K");
            let _ = out.flush();
        }
    }
}

fn line(gone: u64, length: u64, columns: usize) -> String {
    let percent = gone.saturating_mul(100) / length.max(1);
    let words = format!(
        " {percent:3} % of {}.{} MB",
        length / 1_000_000,
        length / 100_000 % 10
    );
    let width = columns.saturating_sub(words.len() + 3).min(40);
    let full = usize::try_from(percent).unwrap_or(100).min(100) * width / 100;
    format!("[{}{}]{words}", "#".repeat(full), ".".repeat(width - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_its_columns() {
        assert_eq!(
            line(5_000_000, 10_000_000, 30),
            "[#####.....]  50 % of 10.0 MB"
        );
        assert!(line(1, 0, 0).starts_with("[]"));
        let mut drawn = Vec::new();
        let mut quiet = Progress::new(1, None);
        quiet.draw(1, &mut drawn);
        quiet.end(&mut drawn);
        assert!(drawn.is_empty());
    }
}
