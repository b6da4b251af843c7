"""Real pictures: the Oxford pets with their trimaps, one's own folder, and a drawn sample written as a folder."""

import os
import shutil
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder, OxfordIIITPet

import gradcam_lab as gl
from gradcam_lab.worlds import downloads, folder, oxford, pets

# ------------------------------------------------------------------------------- Oxford-IIIT Pet, in small


def trimap(width, height):
    """Background, and in the middle a pet of which the outermost pixels are border."""
    marks = np.full((height, width), 2, np.uint8)
    marks[4:-4, 6:-6], marks[5:-5, 7:-7] = 3, 1
    return marks


@pytest.fixture
def root(tmp_path):
    """Two breeds of cats, one of dogs; four photographs of each breed to train on, and one to test on."""
    data = tmp_path / "data" / "oxford-iiit-pet"
    (data / "images").mkdir(parents=True)
    (data / "annotations" / "trimaps").mkdir(parents=True)
    lines = {"trainval": [], "test": [], "list": []}
    for breed, name, species in ((1, "Abyssinian", 1), (2, "Bengal", 1), (3, "american_bulldog", 2)):
        for i in range(5):
            size = (40 + 4 * i, 30 + breed)
            pixels = np.random.default_rng(i).integers(0, 256, (size[1], size[0], 3), np.uint8)
            Image.fromarray(pixels).save(data / "images" / f"{name}_{i}.jpg")
            Image.fromarray(trimap(*size)).save(data / "annotations" / "trimaps" / f"{name}_{i}.png")
            line = f"{name}_{i} {breed} {species} {1 if species == 2 else breed}"
            lines["trainval" if i < 4 else "test"].append(line)
            lines["list"].append(line)
    for name, rows in lines.items():
        (data / "annotations" / f"{name}.txt").write_text("\n".join(rows) + "\n")
    return tmp_path / "data"


def test_oxford_is_what_torchvision_reads(root):
    ours, theirs = oxford.sample(folder=root), OxfordIIITPet(root, target_types=["binary-category", "segmentation"])
    assert len(ours) == len(theirs) == 12 and ours.kinds == ("cat", "dog")
    for photo, y, (picture, (label, marks)) in zip(ours, ours.y, theirs):
        assert np.array_equal(photo.pixels, np.asarray(picture)) and y == label
        assert np.array_equal(photo.trimap, np.asarray(marks))
    breeds = oxford.sample(folder=root, by="breed")
    assert breeds.kinds == ("abyssinian", "bengal", "american bulldog") and breeds.y.tolist() == sorted([0, 1, 2] * 4)
    assert len(oxford.sample(folder=root, split="test")) == 3


def test_the_border_of_a_trimap_counts_as_the_pet_unless_told_otherwise(root):
    photo = oxford.sample(folder=root, kinds="dog")[0]
    marks = trimap(*photo.picture.size)
    assert photo.kinds == ["dog"] and photo.things[0].kind == "dog"
    assert np.array_equal(photo.mask(), marks != 2) and np.array_equal(photo.mask("dog"), marks != 2)
    assert np.array_equal(photo.mask(border=False), marks == 1) and np.array_equal(photo.things[0].mask, marks != 2)
    assert not photo.mask("cat").any() and photo.mask("cat").shape == photo.mask().shape
    e = gl.explain(gl.load_network("pets", device="cpu"), photo.picture)
    assert 0 < gl.measure.energy_inside(e.heat, photo.mask()) < 1


def test_a_photograph_on_its_side_is_turned_with_its_trimap(root):
    file = root / "oxford-iiit-pet" / "images" / "Bengal_0.jpg"
    marks = trimap(40, 32)
    marks[:4] = 1  # so that up and down differ
    Image.fromarray(marks).save(root / "oxford-iiit-pet" / "annotations" / "trimaps" / "Bengal_0.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    Image.open(file).save(file, exif=exif)
    photo = oxford.sample(folder=root, by="breed", kinds="bengal")[0]
    assert photo.picture.size == (32, 40) and photo.mask().shape == (40, 32)
    assert np.array_equal(photo.trimap, np.rot90(marks, -1))


def test_n_photographs_are_shuffled_and_even(root):
    four, six = oxford.sample(4, folder=root), oxford.sample(6, folder=root)
    assert four.files == six.files[:4] and sorted(six.y) == [0, 0, 0, 1, 1, 1]
    assert oxford.sample(6, seed=1, folder=root).files != six.files
    assert six[2:4].files == six.files[2:4] and six[-1].file == six.files[-1] and len(list(six)) == 6
    assert sorted(oxford.sample(12, folder=root).y) == [0] * 8 + [1] * 4, "when the dogs are used up, cats remain"
    with pytest.raises(gl.LabError, match="from 1 to 12"):
        oxford.sample(13, folder=root)


def test_x_needs_one_size(root):
    photos = oxford.sample(folder=root, by="breed")
    with pytest.raises(gl.LabError, match="different sizes .40 x 31, 52 x 33 ...."):
        _ = photos.x
    assert photos[:1].x.shape == (1, 31, 40, 3) and photos[:1].x.dtype == np.uint8


def test_what_nobody_drew_nobody_can_draw_again(root):
    photo = oxford.sample(folder=root)[0]
    for again in (photo.without, lambda: photo.without("ears"), lambda: photo.replace(colour="mint")):
        with pytest.raises(gl.LabError, match="cannot be drawn again"):
            again()
    with pytest.raises(gl.LabError, match="no kind 'cats'; did you mean 'cat'"):
        photo.mask("cats")


def test_data_that_is_not_there_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADCAM_LAB_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(gl.LabError, match=r"800 MB\) is not in .*nowhere.*download=True fetches it once.*folder=") as e:
        oxford.sample(4)
    assert "\n" not in str(e.value) and not list(tmp_path.iterdir())

    def offline(url, download_root, **_):
        Path(download_root).mkdir(parents=True)
        raise URLError("no route to host")

    monkeypatch.setattr("torchvision.datasets.oxford_iiit_pet.download_and_extract_archive", offline)
    with pytest.raises(gl.LabError, match=r"could not be downloaded into .*nowhere \(no route to host\)"):
        oxford.sample(4, download=True)
    assert not list(tmp_path.iterdir()), "something was left behind"


def test_where_downloaded_data_lies(monkeypatch, tmp_path):
    monkeypatch.delenv("GRADCAM_LAB_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert downloads.place("MNIST") == tmp_path / "cache" / "gradcam-lab"
    monkeypatch.setenv("GRADCAM_LAB_DATA", str(tmp_path / "own"))
    assert downloads.place("MNIST") == tmp_path / "own"
    assert downloads.place("MNIST", tmp_path / "here") == tmp_path / "here"
    assert downloads.place("MNIST", tmp_path / "here" / "MNIST") == tmp_path / "here", "its own folder was named"


@pytest.mark.parametrize("gone", ["images/Bengal_2.jpg", "annotations/trimaps/american_bulldog_0.png"])
def test_a_data_set_that_is_not_whole_names_what_is_missing(root, gone):
    (root / "oxford-iiit-pet" / gone).unlink()
    with pytest.raises(gl.LabError, match=f"is not whole .*{os.path.basename(gone)} is missing"):
        oxford.sample(folder=root)


def test_damaged_files_are_named(root):
    marks = root / "oxford-iiit-pet" / "annotations" / "trimaps"
    shutil.copy(marks / "Bengal_1.png", marks / "Bengal_0.png")
    (marks / "Bengal_2.png").write_bytes(b"no picture")
    photos = oxford.sample(folder=root, by="breed", kinds="bengal")
    with pytest.raises(gl.LabError, match="Bengal_0.png does not belong to Bengal_0.jpg"):
        photos[0].mask()
    with pytest.raises(gl.LabError, match="Bengal_2.png cannot be read"):
        photos[2].mask()
    (root / "oxford-iiit-pet" / "annotations" / "trainval.txt").write_text("nonsense\n")
    with pytest.raises(gl.LabError, match="or not whole"):
        oxford.sample(folder=root)


@pytest.mark.parametrize("bad, words", [({"split": "train"}, "did you mean 'trainval'"), ({"by": "kind"}, "species")])
def test_oxford_says_what_may_be_asked(root, bad, words):
    with pytest.raises(gl.LabError, match=words):
        oxford.sample(folder=root, **bad)


# ------------------------------------------------------------------------------------------ one's own folder


@pytest.fixture
def photos(tmp_path):
    """cat/ and dog/, with what a Mac, Jupyter and people leave in them."""
    path = tmp_path / "photos"
    for name in ("cat/tom.jpg", "cat/old/felix.png", "dog/rex.JPG", "cat/._tom.jpg", ".ipynb_checkpoints/x.jpg"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 16), "orange" if "cat" in name else "grey").save(
            path / name, "PNG" if name.endswith("png") else "JPEG"
        )
    (path / "cat" / "notes.txt").write_text("a good cat")
    return path


def test_a_folder_of_folders(photos):
    found = folder.sample(photos)
    assert found.kinds == ("cat", "dog") and found.y.tolist() == [0, 0, 1]
    assert [file.name for file in found.files] == ["tom.jpg", "felix.png", "rex.JPG"]
    assert found[2].kinds == ["dog"] and found[2].picture.size == (20, 16) and found.x.shape == (3, 16, 20, 3)
    with pytest.raises(gl.LabError, match="has no mask"):
        found[0].mask()


def test_pictures_that_pillow_cannot_open_are_not_passed_over(photos, monkeypatch):
    monkeypatch.setattr("mimetypes.guess_type", lambda _: (None, None))  # a system that does not know the ending
    (photos / "dog" / "from_a_phone.heic").write_bytes(b"\0" * 64)
    with pytest.raises(gl.LabError, match="from_a_phone.heic is not a picture in a format that Pillow reads"):
        _ = folder.sample(photos).x


def test_folders_that_do_not_fit(photos, tmp_path):
    (photos / "bird").mkdir()
    with pytest.raises(gl.LabError, match="class folder .*bird has no pictures"):
        folder.sample(photos)
    with pytest.raises(gl.LabError, match=r"cat/old has pictures but no class folders; expected was .*<class>"):
        folder.sample(photos / "cat" / "old")
    with pytest.raises(gl.LabError, match="nowhere is not there"):
        folder.sample(tmp_path / "nowhere")
    with pytest.raises(gl.LabError, match="notes.txt is a file"):
        folder.sample(photos / "cat" / "notes.txt")
    with pytest.raises(gl.LabError, match="given was a int"):
        folder.sample(3)
    (photos / "train").mkdir()
    with pytest.raises(gl.LabError, match="split already .*name one part, as .*train"):
        folder.sample(photos)


# ------------------------------------------------------------------------------- a sample written as folders

DRAWN = pets.sample(6, seed="written", kinds=("cat", "dog"))


def files_in(path):
    return sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())


def test_a_drawn_sample_becomes_folders(tmp_path):
    path = folder.write(DRAWN, tmp_path / "deep" / "pets")
    assert path == tmp_path / "deep" / "pets"
    assert files_in(path) == [f"{kind}/{kind}-000{i}.png" for kind in ("cat", "dog") for i in range(3)]
    back = ImageFolder(path)
    assert back.classes == ["cat", "dog"]
    cats = [scene for scene in DRAWN if scene.kinds == ["cat"]]
    assert all(np.array_equal(np.asarray(back[i][0]), cats[i].pixels) for i in range(3))
    assert [p.name for p in path.parent.iterdir()] == ["pets"], "something was left behind"


def test_a_share_is_set_apart(tmp_path):
    folder.write(DRAWN, tmp_path / "pets", valid=1 / 3)
    assert files_in(tmp_path / "pets" / "valid") == ["cat/cat-0002.png", "dog/dog-0002.png"]
    assert len(files_in(tmp_path / "pets" / "train")) == 4
    with pytest.raises(gl.LabError, match="one cat only"):
        folder.write(DRAWN[:2], tmp_path / "more", valid=0.5)
    with pytest.raises(gl.LabError, match="from 0.01 to 0.99"):
        folder.write(DRAWN, tmp_path / "more", valid=2)
    assert not (tmp_path / "more").exists()


def test_written_again_it_is_replaced_but_nothing_else_is(tmp_path):
    path = folder.write(DRAWN, tmp_path / "pets")
    (path / ".ipynb_checkpoints").mkdir()
    (path / ".ipynb_checkpoints" / "cat-checkpoint.png").write_bytes(b"left by Jupyter")
    folder.write(DRAWN[:2], path)
    assert files_in(path) == ["cat/cat-0000.png", "dog/dog-0000.png"]
    (path / "cat" / "tom.png").write_bytes(b"mine")
    with pytest.raises(gl.LabError, match="has other things in it, as cat.tom.png"):
        folder.write(DRAWN, path)
    assert files_in(path) == ["cat/cat-0000.png", "cat/tom.png", "dog/dog-0000.png"]
    for strange in (path / "cat" / "tom.png", tmp_path / "link"):
        (tmp_path / "link").unlink(missing_ok=True)
        (tmp_path / "link").symlink_to(path)
        with pytest.raises(gl.LabError, match="is not a folder but a (file|link)"):
            folder.write(DRAWN, strange)


def test_a_failed_write_leaves_the_old_folder(monkeypatch, tmp_path):
    path = folder.write(DRAWN[:2], tmp_path / "pets")
    real, saved = Image.Image.save, []

    def save(picture, *arguments, **options):
        saved.append(1)
        if len(saved) == 3:
            raise OSError("no space left")
        return real(picture, *arguments, **options)

    monkeypatch.setattr(Image.Image, "save", save)
    with pytest.raises(OSError, match="no space"):
        folder.write(DRAWN, path)
    assert len(files_in(tmp_path)) == 2 and [p.name for p in tmp_path.iterdir()] == ["pets"]


def test_a_folder_that_cannot_be_put_in_place_leaves_the_old_one(monkeypatch, tmp_path):
    path = folder.write(DRAWN[:2], tmp_path / "pets")
    real, renamed = os.rename, []

    def rename(source, target):
        renamed.append(1)
        if len(renamed) == 2:
            raise PermissionError("a file is open")
        real(source, target)

    monkeypatch.setattr(folder.os, "rename", rename)
    with pytest.raises(PermissionError):
        folder.write(DRAWN, path)
    assert len(files_in(path)) == 2 and [p.name for p in tmp_path.iterdir()] == ["pets"]
