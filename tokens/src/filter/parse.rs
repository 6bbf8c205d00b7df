//! Reads a filter, by precedence: `||`, `&&`, comparisons and `in`, `!`, members.

use regex::RegexBuilder;
use serde_json::Value;

use super::tokens::{Token, tokens};
use super::{Comparison, Node, Question};

/// How deep brackets, lists and calls may nest.
const DEPTH_MAX: u32 = 16;
/// Bytes of a compiled pattern, and of what it keeps while it runs.
const PATTERN_SIZE_MAX: usize = 64 * 1024;

const COMPARISONS: [(&str, Comparison); 6] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::Unequal),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

pub(super) fn parse(text: &str) -> Result<Node, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    if parser.tokens.is_empty() {
        return Err("it is empty".to_owned());
    }
    let node = parser.any()?;
    match parser.tokens.get(parser.at) {
        None => Ok(node),
        Some(token) => Err(format!("{} is not expected", shown(token))),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
}

impl Parser {
    fn any(&mut self) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("it nests deeper than {DEPTH_MAX}"));
        }
        let mut parts = vec![self.all()?];
        while self.take("||") {
            parts.push(self.all()?);
        }
        self.depth -= 1;
        Ok(one_or(parts, Node::Any))
    }

    fn all(&mut self) -> Result<Node, String> {
        let mut parts = vec![self.compared()?];
        while self.take("&&") {
            parts.push(self.compared()?);
        }
        Ok(one_or(parts, Node::All))
    }

    fn compared(&mut self) -> Result<Node, String> {
        let left = self.negated()?;
        let found = COMPARISONS.iter().find(|(sign, _)| self.take(sign));
        let node = if let Some((_, how)) = found {
            Node::Compare(*how, Box::new(left), Box::new(self.negated()?))
        } else if self.take("in") {
            Node::In(Box::new(left), Box::new(self.negated()?))
        } else {
            return Ok(left);
        };
        let more = COMPARISONS.iter().any(|(sign, _)| self.is_next(sign)) || self.is_next("in");
        if more {
            return Err("comparisons in a row need parentheses".to_owned());
        }
        Ok(node)
    }

    fn negated(&mut self) -> Result<Node, String> {
        let mut times = 0_u32;
        while self.take("!") {
            times += 1;
        }
        let node = self.member()?;
        // Two of them are none, but what is negated must be true or false.
        let once = |node| Node::Not(Box::new(node));
        Ok(match times {
            0 => node,
            odd if odd % 2 == 1 => once(node),
            _ => once(once(node)),
        })
    }

    fn member(&mut self) -> Result<Node, String> {
        let mut node = self.primary()?;
        loop {
            if self.take("[") {
                let name = self.any()?;
                self.expect("]")?;
                node = Node::Member(Box::new(node), Box::new(name));
            } else if self.take(".") {
                let name = self.name()?;
                node = if self.take("(") {
                    self.call(node, &name)?
                } else {
                    let name = Node::Literal(Value::String(name));
                    Node::Member(Box::new(node), Box::new(name))
                };
            } else {
                return Ok(node);
            }
        }
    }

    /// What a value is asked: `claims.sub.startsWith("a")`.
    fn call(&mut self, of: Node, name: &str) -> Result<Node, String> {
        let of = Box::new(of);
        let question = match name {
            "size" => {
                self.expect(")")?;
                return Ok(Node::Size(of));
            }
            "matches" => {
                let Some(Token::Literal(Value::String(pattern))) = self.next() else {
                    return Err("matches takes a text in quotes".to_owned());
                };
                self.expect(")")?;
                let pattern = RegexBuilder::new(&pattern)
                    .size_limit(PATTERN_SIZE_MAX)
                    .dfa_size_limit(PATTERN_SIZE_MAX)
                    .nest_limit(DEPTH_MAX)
                    .build()
                    .map_err(|_| format!("{pattern:?} is no pattern, or one that is too large"))?;
                return Ok(Node::Matches(of, pattern));
            }
            "startsWith" => Question::StartsWith,
            "endsWith" => Question::EndsWith,
            "contains" => Question::Contains,
            other => return Err(format!("there is no {other}() here")),
        };
        let about = self.any()?;
        self.expect(")")?;
        Ok(Node::Ask(question, of, Box::new(about)))
    }

    fn primary(&mut self) -> Result<Node, String> {
        match self.next() {
            Some(Token::Literal(value)) => Ok(Node::Literal(value)),
            Some(Token::Sign("-")) => match self.next() {
                Some(Token::Literal(Value::Number(number))) => negative(&number),
                _ => Err("- is for numbers alone".to_owned()),
            },
            Some(Token::Sign("(")) => {
                let node = self.any()?;
                self.expect(")")?;
                Ok(node)
            }
            Some(Token::Sign("[")) => self.list(),
            Some(Token::Name(name)) if self.take("(") => self.function(&name),
            Some(Token::Name(name)) if name == "claims" => Ok(Node::Claims),
            Some(Token::Name(name)) => {
                Err(format!("{name} is not known; claims.{name} is a claim of the token"))
            }
            Some(token) => Err(format!("{} is not expected", shown(&token))),
            None => Err("it ends too early".to_owned()),
        }
    }

    fn list(&mut self) -> Result<Node, String> {
        let mut items = Vec::new();
        while !self.take("]") {
            if !items.is_empty() {
                self.expect(",")?;
            }
            items.push(self.any()?);
        }
        Ok(Node::List(items))
    }

    fn function(&mut self, name: &str) -> Result<Node, String> {
        let node = match (name, self.any()?) {
            ("size", of) => Node::Size(Box::new(of)),
            ("has", Node::Member(of, name)) => Node::Has(of, name),
            ("has", _) => return Err("has() asks for a claim: has(claims.group)".to_owned()),
            (other, _) => return Err(format!("there is no {other}() here")),
        };
        self.expect(")")?;
        Ok(node)
    }

    fn name(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Name(name)) => Ok(name),
            _ => Err("after a dot comes a name; others stand in [\"...\"]".to_owned()),
        }
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn is_next(&self, sign: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Sign(next)) if *next == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let is_next = self.is_next(sign);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.take(sign) { Ok(()) } else { Err(format!("a {sign} is missing")) }
    }
}

fn one_or(mut parts: Vec<Node>, several: impl Fn(Vec<Node>) -> Node) -> Node {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            several(parts)
        }
        None => several(parts),
    }
}

fn negative(number: &serde_json::Number) -> Result<Node, String> {
    let negative = match number.as_i64() {
        Some(whole) => Some(serde_json::Number::from(-whole)),
        None => number.as_f64().and_then(|float| serde_json::Number::from_f64(-float)),
    };
    negative
        .map(|number| Node::Literal(Value::Number(number)))
        .ok_or_else(|| "no number".to_owned())
}

fn shown(token: &Token) -> String {
    match token {
        Token::Name(name) => name.clone(),
        Token::Literal(value) => value.to_string(),
        Token::Sign(sign) => format!("{sign:?}"),
    }
}
