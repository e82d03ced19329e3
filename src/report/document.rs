use crate::report::{Answer, Text};

/// An answer: what scripts read, and what people do.
#[derive(Clone, Debug)]
pub struct Document {
    /// The same as redacted, typed values.
    pub answer: Answer,
    /// What is shown, in order.
    pub blocks: Vec<Block>,
}

/// A piece of what is shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Block {
    /// The one line to read first.
    Headline(Text),
    /// The title of a part.
    Heading(Text),
    /// Text that may be wrapped, indented by so many columns.
    Paragraph(usize, Text),
    /// The title of one of several things, counted from 1.
    Numbered(usize, Text),
    /// Text to copy: never wrapped, never cut, alone on its line.
    Copy(Text),
    /// A text of several lines, shown as it is.
    Verbatim(Vec<Text>),
    /// Parts that were compared, under their title.
    Compared(Compared),
    /// Short texts of one kind, on as few lines as they fit; none is broken.
    Items(usize, Vec<Text>),
    /// Commands to run next: what each answers, and the command, which is never broken.
    Commands(Vec<(Text, Text)>),
    /// Lines of an artifact, each with what it came from.
    Trace(Trace),
    /// Two columns: a name and what it is.
    Table(Vec<(Text, Text)>),
    /// Prose in Markdown, of our own.
    Markdown(&'static str),
    /// An empty line.
    Blank,
}

/// The parts of one artifact of two sides.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Compared {
    /// The artifact's title.
    pub title: Text,
    /// What the two sides are called.
    pub sides: [&'static str; 2],
    /// The parts, in order.
    pub rows: Vec<DiffRow>,
}

/// A part that was compared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DiffRow {
    /// What kind of line it is.
    pub sign: Sign,
    /// The part's name.
    pub label: String,
    /// What stands there.
    pub value: RowValue,
    /// Whether this is the first divergence that can be a cause.
    pub first: bool,
    /// What is to know of it.
    pub note: Option<Text>,
}

/// What a row shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RowValue {
    /// One text for both sides.
    One(Text),
    /// Two texts, shortened, side by side; not marked character by character.
    Short(Text, Text),
    /// Two texts, one below the other, with a word under what differs.
    Two {
        /// The left side's.
        left: Text,
        /// The right side's.
        right: Text,
        /// What differs.
        caret: Option<Caret>,
    },
}

/// What stands under a difference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Caret {
    /// How many columns the left text is moved to the right, so that equal ends stand below each
    /// other.
    pub left_indent: usize,
    /// The same for the right text.
    pub right_indent: usize,
    /// The first column that differs, in both texts before they are moved.
    pub at: usize,
    /// How many columns of the left text differ.
    pub left: usize,
    /// How many of the right text; not both are 0.
    pub right: usize,
    /// What is the matter.
    pub word: &'static str,
    /// Which text it is said of.
    pub under: Under,
}

/// The text that a caret stands under.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Under {
    /// The left one alone has what is marked.
    Left,
    /// The right one has it, or both have another.
    Right,
}

impl Caret {
    /// How many columns differ where the texts stand below each other; at least one.
    #[must_use]
    pub fn width(&self) -> usize {
        self.left.max(self.right).max(1)
    }
}

/// Lines of an artifact, each with what it came from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Trace {
    /// The lines, in order.
    pub rows: Vec<TraceRow>,
}

/// One line of an artifact.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TraceRow {
    /// By how many columns it is moved, as a piece of the line above is.
    pub indent: usize,
    /// The line: never wrapped, never cut.
    pub text: Text,
    /// Where it came from.
    pub from: Text,
    /// What was done to it, and why.
    pub done: Text,
    /// What should stand there, where something else does.
    pub right: Option<TraceRight>,
}

/// What should stand in a line that has something else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TraceRight {
    /// The mark in the first column: `!` where the signer departed, `>` where that follows.
    pub sign: &'static str,
    /// The right line, where it is known.
    pub text: Option<Text>,
    /// What differs.
    pub caret: Option<Caret>,
    /// The mistake.
    pub see: Text,
}

/// The mark in a row's first column.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sign {
    /// The same.
    Same,
    /// A cause.
    Cause,
    /// Differs in every request.
    EachRequest,
    /// Follows from the above.
    Follows,
}

impl Sign {
    /// The sign itself.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Same => "=",
            Self::Cause => "!",
            Self::EachRequest => "~",
            Self::Follows => ">",
        }
    }
}

impl Document {
    /// An answer with nothing to show yet.
    #[must_use]
    pub fn new(answer: Answer) -> Self {
        Self {
            answer,
            blocks: Vec::new(),
        }
    }

    /// Adds a block.
    pub fn push(&mut self, block: Block) {
        self.blocks.push(block);
    }
}
