//! The grammar of RFC 7644 figure 1, with the precedence of §3.4.2.2: `not`, then `and`, then
//! `or`.
//!
//! Tolerated beyond the grammar, because senders do it: any white space for a space, none before
//! a quoted value (the RFC's own `members[value eq"…"]` in §3.5.2.2), `True` for `true`, names
//! that begin with `$` or `_`.
//!
//! Recursion happens only at an opening bracket, and each one is paid from the depth budget
//! before it is entered; [`MAX_DEPTH`] bounds that budget, so no input can overflow the stack.

use serde_json::{Number, Value};
use winnow::{
    LocatingSlice, Parser, Stateful,
    ascii::{Caseless, multispace0, multispace1},
    combinator::{alt, delimited, not, opt, peek, preceded, repeat},
    error::ParserError,
    stream::{Location, Stream},
    token::{any, one_of, take_till, take_while},
};

use super::{Budget, CompareOp, Filter, FilterError};
use crate::path::{AttrPath, is_path_char, parse_attr};

/// The deepest nesting that any [`Limits`] can allow: what a thread's stack surely holds.
const MAX_DEPTH: usize = 128;

/// How large a filter may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Brackets within brackets, at most (values above 128 count as 128).
    pub depth: usize,
    /// Attribute expressions, at most.
    pub terms: usize,
    /// Length of the text in bytes, at most.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 32,
            terms: 128,
            bytes: 16 * 1024,
        }
    }
}

impl Filter {
    /// Reads a filter within the default [`Limits`].
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Self::parse_with(text, Limits::default())
    }

    /// Reads a filter within limits of one's own.
    pub fn parse_with(text: &str, limits: Limits) -> Result<Self, FilterError> {
        let mut input = open(text, limits)?;
        let filter = preceded(multispace0, disjunction)
            .parse_next(&mut input)
            .map_err(|fault| fault.0)?;
        multispace0::<_, Fault>
            .parse_next(&mut input)
            .map_err(|fault| fault.0)?;
        if input.eof_offset() > 0 {
            return Err(expected(&input, "\"and\", \"or\" or the end").0);
        }
        Ok(filter)
    }

    /// Reads a filter that a closing square bracket ends; also says how many bytes that took.
    pub(crate) fn parse_bracketed(
        text: &str,
        limits: Limits,
    ) -> Result<(Self, usize), FilterError> {
        let mut input = open(text, limits)?;
        let filter = bracketed(&mut input, ']').map_err(|fault| fault.0)?;
        Ok((filter, input.current_token_start()))
    }
}

type Input<'a> = Stateful<LocatingSlice<&'a str>, Account>;

/// What is left of the limits.
#[derive(Debug, Clone)]
struct Account {
    limits: Limits,
    depth: usize,
    terms: usize,
}

fn open(text: &str, limits: Limits) -> Result<Input<'_>, FilterError> {
    if text.len() > limits.bytes {
        return Err(too_large(Budget::Bytes, limits.bytes));
    }
    let limits = Limits {
        depth: limits.depth.min(MAX_DEPTH),
        ..limits
    };
    Ok(Stateful {
        input: LocatingSlice::new(text),
        state: Account {
            limits,
            depth: 0,
            terms: 0,
        },
    })
}

/// The filter error as winnow wants it. Only a syntax error lets another branch be tried.
#[derive(Debug)]
struct Fault(FilterError);

type Parsed<T> = Result<T, Fault>;

impl<'a> ParserError<Input<'a>> for Fault {
    type Inner = Self;

    fn from_input(input: &Input<'a>) -> Self {
        expected(input, "a filter expression")
    }

    fn is_backtrack(&self) -> bool {
        matches!(self.0, FilterError::Syntax { .. })
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

fn expected(input: &Input<'_>, what: &str) -> Fault {
    Fault(FilterError::Syntax {
        at: input.current_token_start(),
        expected: what.to_owned(),
    })
}

fn too_large(budget: Budget, limit: usize) -> FilterError {
    FilterError::TooLarge { budget, limit }
}

/// `FILTER or FILTER …`
fn disjunction(input: &mut Input<'_>) -> Parsed<Filter> {
    chain(input, "or", conjunction, Filter::Or)
}

/// `FILTER and FILTER …`
fn conjunction(input: &mut Input<'_>) -> Parsed<Filter> {
    chain(input, "and", term, Filter::And)
}

/// One or more parts with a word between them. After the word a part must follow, so its error is
/// the one to report; a `separated` would step back and blame the word.
fn chain(
    input: &mut Input<'_>,
    word: &'static str,
    part: fn(&mut Input<'_>) -> Parsed<Filter>,
    join: fn(Vec<Filter>) -> Filter,
) -> Parsed<Filter> {
    let first = part(input)?;
    let mut more = Vec::new();
    while opt(connective(word)).parse_next(input)?.is_some() {
        more.push(part(input)?);
    }
    if more.is_empty() {
        return Ok(first);
    }
    more.insert(0, first);
    Ok(join(more))
}

/// `and` or `or`, and no longer word that only begins so.
fn connective<'a>(word: &'static str) -> impl Parser<Input<'a>, (), Fault> {
    (
        multispace0,
        Caseless(word),
        not(one_of(is_path_char)),
        multispace0,
    )
        .void()
}

/// `( FILTER )`, `not ( FILTER )`, or an attribute expression.
fn term(input: &mut Input<'_>) -> Parsed<Filter> {
    if opt('(').parse_next(input)?.is_some() {
        return bracketed(input, ')');
    }
    // Without a bracket, `not` is an attribute like any other.
    if opt((Caseless("not"), multispace0, '('))
        .parse_next(input)?
        .is_some()
    {
        return Ok(!bracketed(input, ')')?);
    }
    expression(input)
}

/// A filter up to its closing bracket; the opening one is already read.
fn bracketed(input: &mut Input<'_>, close: char) -> Parsed<Filter> {
    let limit = input.state.limits.depth;
    input.state.depth += 1;
    if input.state.depth > limit {
        return Err(Fault(too_large(Budget::Depth, limit)));
    }
    let filter = delimited(multispace0, disjunction, multispace0).parse_next(input)?;
    if opt(close).parse_next(input)?.is_none() {
        return Err(expected(input, &format!("\"and\", \"or\" or \"{close}\"")));
    }
    input.state.depth -= 1;
    Ok(filter)
}

/// `attrPath SP "pr"`, `attrPath SP compareOp SP compValue`, or `attrPath "[" FILTER "]"`.
fn expression(input: &mut Input<'_>) -> Parsed<Filter> {
    let path = attribute(input)?;
    let limit = input.state.limits.terms;
    input.state.terms += 1;
    if input.state.terms > limit {
        return Err(Fault(too_large(Budget::Terms, limit)));
    }
    if path.sub.is_none() && !path.is_schema() && opt('[').parse_next(input)?.is_some() {
        return Ok(Filter::value_path(path, bracketed(input, ']')?));
    }
    if opt(multispace1).parse_next(input)?.is_none() {
        return Err(expected(input, "a space and an operator"));
    }
    match operator(input)? {
        None => Ok(Filter::Present(path)),
        Some(op) => {
            let value = preceded(multispace0, comparison_value).parse_next(input)?;
            Ok(Filter::Compare { path, op, value })
        }
    }
}

fn attribute(input: &mut Input<'_>) -> Parsed<AttrPath> {
    let at = input.current_token_start();
    let text: &str = take_while(0.., is_path_char).parse_next(input)?;
    parse_attr(text, at).map_err(|error| {
        Fault(FilterError::Syntax {
            at: error.at,
            expected: error.expected,
        })
    })
}

/// A comparison operator; `None` is `pr`, which takes no value.
fn operator(input: &mut Input<'_>) -> Parsed<Option<CompareOp>> {
    let unknown = expected(
        input,
        "one of the operators eq, ne, co, sw, ew, gt, ge, lt, le, pr",
    );
    let word: &str = take_while(0.., |c: char| c.is_ascii_alphanumeric()).parse_next(input)?;
    if word.eq_ignore_ascii_case("pr") {
        return Ok(None);
    }
    CompareOp::ALL
        .into_iter()
        .find(|op| op.word().eq_ignore_ascii_case(word))
        .map(Some)
        .ok_or(unknown)
}

/// `compValue`: a JSON string, number, `true`, `false` or `null` (RFC 7159).
fn comparison_value(input: &mut Input<'_>) -> Parsed<Value> {
    let wrong = expected(input, "a JSON string, number, true, false or null");
    if peek(opt('"')).parse_next(input)?.is_some() {
        return string(input).and_then(|text| serde_json::from_str(text).map_err(|_| wrong));
    }
    let word: &str = take_while(0.., |c: char| {
        c.is_ascii_alphanumeric() || "+-.".contains(c)
    })
    .parse_next(input)?;
    let value = match word.to_ascii_lowercase().as_str() {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "null" => Some(Value::Null),
        _ => number(word).map(Value::Number),
    };
    value.ok_or(wrong)
}

/// A quoted text with its quotes; escapes are skipped here and read by serde_json.
fn string<'a>(input: &mut Input<'a>) -> Parsed<&'a str> {
    let text = ('"', repeat::<_, _, (), _, _>(0.., piece)).take();
    let text = (text, opt('"')).with_taken().parse_next(input)?;
    match text {
        ((_, Some(_)), quoted) => Ok(quoted),
        ((_, None), _) => Err(expected(input, "the closing quote")),
    }
}

fn piece(input: &mut Input<'_>) -> Parsed<()> {
    alt((take_till(1.., ['"', '\\']).void(), ('\\', any).void())).parse_next(input)
}

/// A JSON number. Decimals are read by the standard library, which rounds correctly at any
/// length, so that a printed number reads back as itself.
fn number(text: &str) -> Option<Number> {
    // Checks the syntax of JSON, which is narrower than the standard library's.
    serde_json::from_str::<Number>(text).ok()?;
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(whole.into());
    }
    Number::from_f64(text.parse().ok()?)
}
