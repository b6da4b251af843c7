"""Oxford-IIIT Pet: 7,349 photographs of cats and dogs of 37 breeds, each with its outline marked by people.

    sample = gl.worlds.oxford.sample(200, download=True)     # once; about 800 MB
    sample[0].picture, sample[0].kinds                       # a PIL picture of any size, ["cat"]
    sample[0].mask()                                         # bool [H, W]: the animal, its border with it

Parkhi, Vedaldi, Zisserman and Jawahar, Cats and Dogs, CVPR 2012; CC BY-SA 4.0; read and downloaded by torchvision.
The marks are a trimap: the animal, the background, and a border that is neither for certain. `mask()` counts the border
as the animal; `mask(border=False)` does not. Parts are not marked, and a photograph cannot be drawn again, so these
pictures say where a map lies, never what it would be without the ears.
"""

from torchvision.datasets import OxfordIIITPet

from ..errors import LabError
from . import checks, downloads
from .photos import Photos

NAME, TITLE = "oxford-iiit-pet", "Oxford-IIIT Pet (about 800 MB)"
SPECIES = ("cat", "dog")


def sample(n=None, seed=0, split="trainval", by="species", kinds=None, folder=None, download=False):
    """`n` photographs (None: all of the split), in an order that `seed` shuffles, all kinds alike often.

    split     "trainval" (3,680 photographs) or "test" (3,669)
    by        what the labels are: "species" (cat, dog: the names of the drawn pets) or "breed" (37 names)
    kinds     the kinds to take (default: all)
    folder    where the folder oxford-iiit-pet/ lies (default: GRADCAM_LAB_DATA, or ~/.cache/gradcam-lab)
    download  let torchvision download it if it is not there

    Returns Photos, as a drawn Sample: y, kinds, and photographs with picture, kinds, mask(). Raises LabError if the
    data set is not there, or not whole.
    """
    checks.one_of("split", split, ("trainval", "test"))
    checks.one_of("kind of label", by, ("species", "breed"))
    downloads.read(OxfordIIITPet, NAME, TITLE, folder, download, split=split)
    root = downloads.place(NAME, folder)
    images, marks = root / NAME / "images", root / NAME / "annotations"
    names, y, breeds = [], [], {}
    for line in (marks / f"{split}.txt").read_text(encoding="utf-8").splitlines():
        name, breed, species, _ = line.split()  # as "Abyssinian_100 1 1 1", numbered from 1
        names.append(name)
        y.append(int(species if by == "species" else breed) - 1)
        breeds[int(breed) - 1] = name.rpartition("_")[0].replace("_", " ").lower()
    files = [images / f"{name}.jpg" for name in names]
    truths = [marks / "trimaps" / f"{name}.png" for name in names]
    lacking = next((path for path in (*files, *truths) if not path.is_file()), None)
    if lacking or not files:
        raise LabError(
            f"Oxford-IIIT Pet in {root} is not whole ({lacking or split + '.txt'} is missing or empty); delete the "
            f"folder {root / NAME} and let download=True fetch it again."
        )
    known = SPECIES if by == "species" else tuple(breeds.get(i, f"breed {i + 1}") for i in range(max(breeds) + 1))
    return Photos(files, y, known, truths).take(n, seed, kinds)
