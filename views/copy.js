// Without scripts the button stays hidden, and a click selects the command. `navigator.clipboard` needs an origin.
const button = document.querySelector('.command button');
const said = document.querySelector('.command output');
button.hidden = false;
button.onclick = () => {
  getSelection().selectAllChildren(document.querySelector('.command code'));
  said.textContent = document.execCommand('copy') ? 'Copied.' : 'Press Ctrl+C or ⌘C.';
};
