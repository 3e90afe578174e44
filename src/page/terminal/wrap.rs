//! Wrap: styled words and their breaking into lines.

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Bold,
    Italic,
    Underlined,
    Dim,
    Red,
    Code,
}

impl Style {
    /// The SGR parameter of ECMA-48.
    fn sgr(self) -> &'static str {
        match self {
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Italic => "3",
            Style::Underlined => "4",
            Style::Red => "31",
            Style::Code => "36",
        }
    }
}

/// A stretch of one style within a word.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    text: String,
    style: Option<Style>,
}

/// Pieces without a place to break between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    pieces: Vec<Piece>,
    width: usize,
    /// A line ends after this word, whatever room is left.
    last: bool,
}

/// Words of one block.
#[derive(Debug, Default)]
pub(super) struct Words {
    words: Vec<Word>,
    /// Whether the next text goes on with the last word.
    glued: bool,
}

/// Collects the inline text of one block at a time.
pub(super) struct Inline {
    pub(super) words: Words,
    styles: Vec<Style>,
    color: bool,
}

impl Inline {
    pub(super) fn new(color: bool) -> Inline {
        Inline { words: Words::default(), styles: Vec::new(), color }
    }

    pub(super) fn color(&self) -> bool {
        self.color
    }

    pub(super) fn push(&mut self, style: Style) {
        self.styles.push(style);
    }

    pub(super) fn pop(&mut self) {
        self.styles.pop();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.words.is_empty()
    }

    /// Columns of all words on one line.
    pub(super) fn width(&self) -> usize {
        let words = &self.words.words;
        words.iter().map(|word| word.width).sum::<usize>() + words.len().saturating_sub(1)
    }

    /// Whether the text so far ends in `text`, which has no blanks in it.
    pub(super) fn ends_with(&self, text: &str) -> bool {
        let piece = self.words.words.last().and_then(|word| word.pieces.last());
        piece.is_some_and(|piece| piece.text.ends_with(text))
    }

    /// Running text: breaks at blanks.
    pub(super) fn text(&mut self, text: &str) {
        let style = self.styles.last().copied();
        let mut rest = text;
        while !rest.is_empty() {
            let blank = rest.find(char::is_whitespace).unwrap_or(rest.len());
            self.words.add(&rest[..blank], style);
            let tail = rest[blank..].trim_start();
            if tail.len() < rest.len() - blank {
                self.words.glued = false;
            }
            rest = tail;
        }
    }

    /// Inline code: stays in one piece. Without color, backquotes set it off.
    pub(super) fn code(&mut self, text: &str) {
        match self.color {
            true => self.words.add(text, Some(Style::Code)),
            false => self.words.add(&format!("`{text}`"), None),
        }
    }

    pub(super) fn line_break(&mut self) {
        if let Some(word) = self.words.words.last_mut() {
            word.last = true;
        }
        self.words.glued = false;
    }

    /// A line as it goes to the terminal: blanks between words of one style carry that style.
    pub(super) fn render(&self, line: &[Word]) -> String {
        let mut runs: Vec<Piece> = Vec::new();
        for word in line {
            for (i, piece) in word.pieces.iter().enumerate() {
                let blank = i == 0 && !runs.is_empty();
                match runs.last_mut() {
                    Some(run) if run.style == piece.style && (!blank || piece.style != Some(Style::Code)) => {
                        run.text.push_str(if blank { " " } else { "" });
                        run.text.push_str(&piece.text);
                        continue;
                    }
                    Some(_) if blank => runs.push(Piece { text: " ".to_string(), style: None }),
                    _ => {}
                }
                runs.push(piece.clone());
            }
        }
        let styled = runs.iter().map(|run| match run.style {
            Some(style) => self.styled(&run.text, style),
            None => run.text.clone(),
        });
        styled.collect()
    }

    /// `text` in a style, if there are any.
    pub(super) fn styled(&self, text: &str, style: Style) -> String {
        match self.color {
            true => format!("\x1b[{}m{text}\x1b[0m", style.sgr()),
            false => text.to_string(),
        }
    }
}

impl Words {
    fn add(&mut self, text: &str, style: Option<Style>) {
        let text = printable(text);
        if text.is_empty() {
            return;
        }
        let width = text.chars().count();
        let piece = Piece { text, style };
        match self.words.last_mut() {
            Some(word) if self.glued => {
                word.width += width;
                word.pieces.push(piece);
            }
            _ => self.words.push(Word { pieces: vec![piece], width, last: false }),
        }
        self.glued = true;
    }

    /// Fills lines of at most `columns` characters; a longer word has a line to itself.
    pub(super) fn wrap(self, columns: usize) -> Vec<Vec<Word>> {
        let mut lines: Vec<Vec<Word>> = Vec::new();
        let mut room = 0;
        for word in self.words {
            let (width, last) = (word.width, word.last);
            match lines.last_mut() {
                Some(line) if width < room => {
                    line.push(word);
                    room -= width + 1;
                }
                _ => {
                    lines.push(vec![word]);
                    room = columns.saturating_sub(width);
                }
            }
            if last {
                room = 0;
            }
        }
        lines
    }
}

/// `text` without control characters, except that a tab becomes a blank.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()).collect()
}
