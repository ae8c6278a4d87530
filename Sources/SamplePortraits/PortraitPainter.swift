/// One scene made ready for drawing: positions, shapes and light, worked out once.
///
/// Its parts are painted back to front by the extensions in the files of this folder.
struct PortraitPainter: Sendable {
    let scene: Scene
    let layout: HeadLayout
    let frame: HeadFrame
    let hair: HairShape
    let mouth: MouthShape
    let light: Light
    let skinColor: Color
    let noise: Noise

    init(scene: Scene, size: Int) {
        self.scene = scene
        let layout = HeadLayout(scene: scene)
        self.layout = layout
        frame = HeadFrame(pose: scene.pose, layout: layout, pixelWidth: 2 / Float(size))
        noise = Noise(seed: scene.person.textureSeed)
        hair = HairShape(scene: scene, layout: layout, noise: noise)
        mouth = MouthShape(scene: scene, layout: layout)
        light = scene.light
        skinColor = PortraitPainter.skinColor(scene.person.skin)
    }

    /// The scene's picture in linear light.
    static func paint(_ scene: Scene, size: Int) -> Canvas {
        var canvas = Canvas(size: size)
        let painter = PortraitPainter(scene: scene, size: size)
        painter.paintBackground(on: &canvas)
        painter.paintBackHair(on: &canvas)
        painter.paintNeck(on: &canvas)
        painter.paintClothes(on: &canvas)
        painter.paintEars(on: &canvas)
        painter.paintFace(on: &canvas)
        painter.paintMouth(on: &canvas)
        painter.paintEyes(on: &canvas)
        painter.paintBrows(on: &canvas)
        painter.paintBeard(on: &canvas)
        if scene.wearsGlasses {
            painter.paintGlasses(on: &canvas)
        }
        painter.paintFrontHair(on: &canvas)
        if let hat = scene.hat {
            painter.paintHat(hat, on: &canvas)
        }
        return canvas
    }

    func paintBackground(on canvas: inout Canvas) {
        let noise = Noise(seed: scene.background.texture)
        let background = scene.background
        canvas.paint(canvas.everything) { point in
            Layer(color: background.color(at: point, noise: noise), coverage: 1)
        }
    }

    private static func skinColor(_ skin: Person.Skin) -> Color {
        let stops = [
            Color(picture: 0.94, 0.79, 0.70), Color(picture: 0.89, 0.70, 0.58),
            Color(picture: 0.76, 0.55, 0.41), Color(picture: 0.55, 0.37, 0.26),
            Color(picture: 0.34, 0.22, 0.165),
        ]
        let place = saturate(skin.melanin) * 3.999
        let index = Int(floorIndex(place))
        let base = stops[index].mixed(stops[index + 1], place - Float(index))
        return base * Color(1, 1 + 0.03 * skin.undertone, 1 - 0.1 * skin.undertone)
    }
}
