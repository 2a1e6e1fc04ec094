//! QR codes for screens.

use crate::page::Modules;
use std::fmt::Write;

/// White around the code, in modules: readers need four.
const QUIET: usize = 4;

/// The QR code that says `text`, as an SVG image of one unit a module, black on white; `None` where the text is empty or
/// longer than a QR code holds.
pub fn qr_svg(text: &str) -> Option<String> {
    let modules = Modules::encode(text)?;
    let side = modules.size().saturating_add(2 * QUIET);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\""
    );
    for (row, columns) in modules.stretches() {
        let (x, y, length) = (columns.start.saturating_add(QUIET), row.saturating_add(QUIET), columns.len());
        // Writing into a String cannot fail.
        let _ = write!(svg, "M{x} {y}h{length}v1H{x}z");
    }
    svg.push_str("\"/></svg>");
    Some(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_module_is_in_the_image_and_white_is_around_it() {
        let text = "00020126580014br.gov.bcb.pix";
        let (svg, modules) = (qr_svg(text).unwrap(), Modules::encode(text).unwrap());
        let side = modules.size() + 8;
        assert!(svg.contains(&format!("viewBox=\"0 0 {side} {side}\"")), "{svg}");
        let mut dark = vec![vec![false; side]; side];
        let path = svg.rsplit(" d=\"").next().unwrap().trim_end_matches("\"/></svg>");
        for stretch in path.split('z').filter(|stretch| !stretch.is_empty()) {
            let (start, length) = stretch[1..].split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let length: usize = length.split('v').next().unwrap().parse().unwrap();
            dark[y][x..x + length].fill(true);
        }
        let drawn = dark.iter().flatten().filter(|dark| **dark).count();
        assert_eq!(drawn, modules.stretches().iter().map(|(_, columns)| columns.len()).sum::<usize>());
        assert!(dark[4][4] && dark[4][10] && !dark[5][5], "the finder stands in the corner");
        assert!(
            dark[..4].iter().flatten().all(|dark| !dark) && dark.iter().all(|row| !row[..4].contains(&true))
        );
    }

    #[test]
    fn what_does_not_fit_is_no_code() {
        assert_eq!(qr_svg(""), None);
        assert_eq!(qr_svg(&"x".repeat(5000)), None);
    }
}
