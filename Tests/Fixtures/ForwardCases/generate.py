#!/usr/bin/env python3
"""Forward passes of the known families, by PyTorch in double precision.

    python3 generate.py [FOLDER]

writes the cases beside this file, or into FOLDER: case.json and tensors.safetensors each, as
`ganctl parity` takes them. README.md says what is in them. Needs torch (CPU) and numpy.

The modules are built and named as those of the StarGAN release (yunjey/stargan) and of
junyanz/pytorch-CycleGAN-and-pix2pix, so that state dicts have their names, and run in eval mode.
A tolerance is three times the distance to a second run that rounds what every layer makes to
bfloat16, and at least 2^-8.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from torch import nn

SEED = 11


# -- StarGAN

class StarGANBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False), affine(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False), affine(width))

    def forward(self, x):
        return x + self.main(x)


class StarGANGenerator(nn.Module):
    def __init__(self, width, classes, blocks):
        super().__init__()
        layers = [nn.Conv2d(3 + classes, width, 7, padding=3, bias=False), affine(width), nn.ReLU()]
        for _ in range(2):
            layers += [nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), affine(2 * width),
                       nn.ReLU()]
            width *= 2
        layers += [StarGANBlock(width) for _ in range(blocks)]
        for _ in range(2):
            layers += [nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False),
                       affine(width // 2), nn.ReLU()]
            width //= 2
        layers += [nn.Conv2d(width, 3, 7, padding=3, bias=False), nn.Tanh()]
        self.main = nn.Sequential(*layers)

    def forward(self, x, labels):
        planes = labels[:, :, None, None].expand(-1, -1, *x.shape[2:])
        return self.main(torch.cat([x, planes], 1))


class StarGANDiscriminator(nn.Module):
    def __init__(self, size, width, classes, layers):
        super().__init__()
        modules = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.01)]
        for _ in range(layers - 1):
            modules += [nn.Conv2d(width, 2 * width, 4, 2, 1), nn.LeakyReLU(0.01)]
            width *= 2
        self.main = nn.Sequential(*modules)
        self.conv1 = nn.Conv2d(width, 1, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(width, classes, size >> layers, bias=False)

    def forward(self, x):
        h = self.main(x)
        return self.conv1(h), self.conv2(h)


def affine(width):
    return nn.InstanceNorm2d(width, affine=True, track_running_stats=False)


# -- CycleGAN and pix2pix

def norm(kind, width):
    return nn.BatchNorm2d(width) if kind == "batch" else nn.InstanceNorm2d(width)


class ResidualBlock(nn.Module):
    def __init__(self, width, kind, dropout):
        super().__init__()
        bias = kind == "instance"
        layers = [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3, bias=bias), norm(kind, width),
                  nn.ReLU(True)]
        layers += [nn.Dropout(0.5)] if dropout else []
        layers += [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3, bias=bias), norm(kind, width)]
        self.conv_block = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.conv_block(x)


class ResidualGenerator(nn.Module):
    def __init__(self, width, blocks, kind, dropout=False):
        super().__init__()
        bias = kind == "instance"
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(3, width, 7, bias=bias), norm(kind, width),
                  nn.ReLU(True)]
        for w in (width, 2 * width):
            layers += [nn.Conv2d(w, 2 * w, 3, 2, 1, bias=bias), norm(kind, 2 * w), nn.ReLU(True)]
        layers += [ResidualBlock(4 * width, kind, dropout) for _ in range(blocks)]
        for w in (4 * width, 2 * width):
            layers += [nn.ConvTranspose2d(w, w // 2, 3, 2, 1, 1, bias=bias), norm(kind, w // 2),
                       nn.ReLU(True)]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, x):
        return self.model(x)


class UNetLevel(nn.Module):
    """[x | up(inside(down(x)))]; the outermost level leaves x out."""

    def __init__(self, outer, inner, kind, inside=None, channels=None):
        super().__init__()
        self.outermost = channels is not None
        bias = kind == "instance"
        down = nn.Conv2d(channels or outer, inner, 4, 2, 1, bias=bias)
        leaky, relu = nn.LeakyReLU(0.2, True), nn.ReLU(True)
        if self.outermost:
            up = nn.ConvTranspose2d(2 * inner, outer, 4, 2, 1)
            layers = [down, inside, relu, up, nn.Tanh()]
        elif inside is None:
            up = nn.ConvTranspose2d(inner, outer, 4, 2, 1, bias=bias)
            layers = [leaky, down, relu, up, norm(kind, outer)]
        else:
            up = nn.ConvTranspose2d(2 * inner, outer, 4, 2, 1, bias=bias)
            layers = [leaky, down, norm(kind, inner), inside, relu, up, norm(kind, outer)]
        self.model = nn.Sequential(*layers)

    def forward(self, x):
        return self.model(x) if self.outermost else torch.cat([x, self.model(x)], 1)


class UNet(nn.Module):
    def __init__(self, width, levels, kind):
        super().__init__()
        level = UNetLevel(8 * width, 8 * width, kind)
        for _ in range(levels - 5):
            level = UNetLevel(8 * width, 8 * width, kind, level)
        for factor in (4, 2, 1):
            level = UNetLevel(factor * width, 2 * factor * width, kind, level)
        self.model = UNetLevel(3, width, kind, level, channels=3)

    def forward(self, x):
        return self.model(x)


class PatchDiscriminator(nn.Module):
    def __init__(self, channels, width, layers, kind):
        super().__init__()
        bias = kind == "instance"
        modules = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2, True)]
        for layer in range(1, layers + 1):
            before, after = (width * min(2 ** k, 8) for k in (layer - 1, layer))
            stride = 2 if layer < layers else 1
            modules += [nn.Conv2d(before, after, 4, stride, 1, bias=bias), norm(kind, after),
                        nn.LeakyReLU(0.2, True)]
        modules += [nn.Conv2d(width * min(2 ** layers, 8), 1, 4, 1, 1)]
        self.model = nn.Sequential(*modules)

    def forward(self, x):
        return self.model(x)


# -- Numbers that the reader of a case makes again

MASK = 2 ** 64 - 1


def mixed(bits):
    bits = (bits ^ bits >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ bits >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return bits ^ bits >> np.uint64(31)


def uniform(seed, stream, count):
    """SplitMix64 over a key of seed and name; multiples of 2^-24 in 0..<1."""
    digest = 0xCBF29CE484222325
    for byte in stream.encode():
        digest = (digest ^ byte) * 0x100000001B3 & MASK
    step = 0x9E3779B97F4A7C15
    with np.errstate(over="ignore"):
        start = mixed(np.array([(seed + step) & MASK], np.uint64))
        key = mixed(start ^ np.uint64(digest))
        bits = mixed(key + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(step))
    return (bits >> np.uint64(40)).astype(np.float32) * np.float32(2 ** -24)


def rounded(values):
    """The nearest bfloat16, ties to even."""
    return values.to(torch.bfloat16).to(values.dtype)


def made(name, shape, center, width):
    values = uniform(SEED, name, int(np.prod(shape)))
    values = np.float32(center) + (values * 2 - 1) * np.float32(width)
    return rounded(torch.from_numpy(values)).double().reshape(shape)


def recipe(name, tensor):
    """Center and width of a tensor's numbers."""
    if name.endswith("num_batches_tracked"):
        return 7.0, 0.0
    if tensor.dim() == 4:
        return 0.0, float(np.float32(2.4 / np.sqrt(tensor[0].numel())))
    if name.endswith("running_var"):
        # Blocks add up: what they add has to be smaller than what they read.
        return 3.0, 0.5
    return (1.0, 0.25) if name.endswith(".weight") else (0.0, 0.25)


# -- Cases

def write_tensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        array = tensor.detach().numpy().astype("<f4")
        header[name] = {"dtype": "F32", "shape": list(array.shape),
                        "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def outputs(network, *inputs):
    with torch.no_grad():
        result = network(*(value.clone() for value in inputs))
    return result if isinstance(result, tuple) else (result,)


def write_case(folder, name, family, network, size, batch=1, channels=3, classes=0):
    network.double().eval()
    parameters, state = {}, {}
    for key, tensor in network.state_dict().items():
        center, width = recipe(key, tensor)
        full = f"network.{key}"
        parameters[full] = {"shape": list(tensor.shape), "center": center, "width": width}
        state[key] = made(full, tuple(tensor.shape), center, width).to(tensor.dtype)
    network.load_state_dict(state)
    inputs = {"image": made(f"{name}.image", (batch, channels, size, size), 0, 1)}
    if classes:
        inputs["labels"] = (made(f"{name}.labels", (batch, classes), 0, 1) > 0).double()
    want = outputs(network, *inputs.values())
    for module in network.modules():
        if not list(module.children()) and not isinstance(module, nn.ReflectionPad2d):
            module.register_forward_hook(lambda module, input, output: rounded(output))
    simulated = outputs(network, *inputs.values())
    tolerance = {}
    for index, (exact, rough) in enumerate(zip(want, simulated)):
        distance = float((rough - exact).norm() / exact.norm())
        tolerance[f"output.{index}"] = {"relativeL2": round(max(2 ** -8, 3 * distance), 5)}
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    case = {"format": 1, "name": name, "kind": "forward", "family": family,
            "made": {"seed": SEED, "tensors": parameters}, "tolerance": tolerance}
    (place / "case.json").write_text(json.dumps(case, sort_keys=True) + "\n")
    tensors = {f"in.{key}": value for key, value in inputs.items()}
    tensors |= {f"want.output.{index}": value for index, value in enumerate(want)}
    write_tensors(place / "tensors.safetensors", tensors)
    print(name, {key: entry["relativeL2"] for key, entry in tolerance.items()})


def main():
    here = pathlib.Path(__file__).parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    for classes in (1, 5, 7):
        write_case(folder, f"stargan-{classes}", "stargan", StarGANGenerator(8, classes, 2), 32,
                   batch=2, classes=classes)
    write_case(folder, "stargan-discriminator", "stargan", StarGANDiscriminator(32, 8, 5, 3), 32,
               batch=2)
    write_case(folder, "resnet-6", "resnet", ResidualGenerator(4, 6, "instance"), 32)
    write_case(folder, "resnet-9", "resnet", ResidualGenerator(4, 9, "instance"), 36, batch=2)
    write_case(folder, "resnet-6-batch", "resnet", ResidualGenerator(4, 6, "batch", True), 32)
    write_case(folder, "resnet-9-batch", "resnet", ResidualGenerator(4, 9, "batch"), 32)
    write_case(folder, "unet-128-batch", "unet", UNet(16, 7, "batch"), 128)
    write_case(folder, "unet-32-instance", "unet", UNet(16, 5, "instance"), 64, batch=2)
    write_case(folder, "patchgan", "patchgan", PatchDiscriminator(3, 8, 3, "instance"), 32, batch=2)
    write_case(folder, "patchgan-2-batch", "patchgan", PatchDiscriminator(6, 4, 2, "batch"), 40,
               channels=6)


if __name__ == "__main__":
    main()
