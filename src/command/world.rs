use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::{self, IsTerminal, Read, Write},
};

/// What a command may know of its surroundings, gathered once.
pub struct World {
    /// Standard input.
    pub stdin: Box<dyn Read>,
    /// Standard output.
    pub stdout: Box<dyn Write>,
    /// Standard error.
    pub stderr: Box<dyn Write + Send>,
    /// The environment's variables.
    pub env: BTreeMap<OsString, OsString>,
    /// Whether standard output is a terminal, and how wide.
    pub terminal: Option<usize>,
    /// Where progress is shown: standard error, if it is a terminal.
    pub progress: Option<Box<dyn Write + Send>>,
    /// Whether standard error is a terminal, and how wide.
    pub aside: Option<usize>,
}

impl World {
    /// The world of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let stdout = io::stdout();
        let width = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
        Self {
            terminal: stdout.is_terminal().then_some(width),
            aside: io::stderr().is_terminal().then_some(width),
            stdin: Box::new(io::stdin()),
            stdout: Box::new(io::BufWriter::with_capacity(64 << 10, stdout)),
            stderr: Box::new(io::stderr()),
            progress: io::stderr()
                .is_terminal()
                .then(|| Box::new(io::stderr()) as Box<dyn Write + Send>),
            env: std::env::vars_os().collect(),
        }
    }

    /// Whether a variable of the environment is set and is no UTF-8.
    #[must_use]
    pub fn is_no_text(&self, name: &str) -> bool {
        let value = self.env.get(OsString::from(name).as_os_str());
        value.is_some_and(|value| value.to_str().is_none())
    }

    /// A variable of the environment, where it is set, is text, and is not empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        let value = self.env.get(OsString::from(name).as_os_str())?;
        value.to_str().filter(|value| !value.is_empty())
    }
}
