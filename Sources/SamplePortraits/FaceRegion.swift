/// A part of a portrait that one attribute may change.
package enum FacePart: Sendable, CaseIterable {
    /// Eyes and temples: all that putting glasses on or off changes.
    case eyes
    /// Mouth and cheeks: all that a smile changes.
    case mouth
    /// The middle of the face from eyes to mouth, which no hair of any colour covers.
    case middle
}

/// A rectangle of pixels of a portrait.
package struct FaceRegion: Sendable, Equatable {
    /// Rows from the top, within the picture.
    package let rows: Range<Int>
    /// Columns from the left, within the picture.
    package let columns: Range<Int>

    /// Whether a pixel lies in the rectangle.
    package func contains(row: Int, column: Int) -> Bool {
        rows.contains(row) && columns.contains(column)
    }
}

extension Scene {
    /// Where a part of the face lies in a picture of `size` pixels taken under no condition.
    ///
    /// The rectangles of `eyes` and `mouth` hold every pixel the attribute can change; `middle`
    /// holds only pixels of the face.
    package func region(of part: FacePart, size: Int) -> FaceRegion {
        let layout = HeadLayout(scene: self)
        let frame = HeadFrame(pose: pose, layout: layout, pixelWidth: 2 / Float(size))
        let bounds: Bounds
        switch part {
        case .eyes:
            bounds = frame.picture(face: PortraitPainter.glassesBounds(layout))
        case .mouth:
            bounds = frame.picture(
                face: Bounds(-0.57, layout.noseY - 0.2, 0.57, layout.mouthY + 0.27)
            )
        case .middle:
            let shifted = Point(pose.turn.x * 0.8, pose.turn.y * 0.8)
            let top = shifted.y - 0.02
            bounds = frame.picture(
                Bounds(shifted.x - 0.19, top, shifted.x + 0.19, layout.mouthY)
            )
        }
        let box = PixelBox(bounds, size: size)
        return FaceRegion(rows: box.rows, columns: box.columns)
    }
}
