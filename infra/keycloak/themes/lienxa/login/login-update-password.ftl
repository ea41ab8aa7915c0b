<#import "template.ftl" as layout>
<#assign wrong = messagesPerField.existsError("password", "password-confirm")>
<@layout.registrationLayout displayMessage=(!wrong && message?has_content && message.type = "error"); section>
<#if section = "header">${msg("updatePasswordTitle")}<#elseif section = "form">
<p><#if isAppInitiatedAction??>${msg("updatePasswordWish")}<#else>${msg("updatePasswordMessage")}</#if></p>
<#if wrong>
<p class="message error" role="alert" id="fault">${kcSanitize(messagesPerField.getFirstError("password", "password-confirm"))?no_esc}</p>
</#if>
<form method="post" action="${url.loginAction}">
  <label for="password-new">${msg("passwordNew")}</label>
  <input id="password-new" name="password-new" type="password" required minlength="10" autofocus
         autocomplete="new-password"<#if wrong> aria-describedby="fault"</#if>>
  <label for="password-confirm">${msg("passwordConfirm")}</label>
  <input id="password-confirm" name="password-confirm" type="password" required autocomplete="new-password">
  <label class="check"><input type="checkbox" name="logout-sessions" value="on"> ${msg("logoutOtherSessions")}</label>
  <button name="login" type="submit"><#if isAppInitiatedAction??>${msg("updatePasswordTitle")}<#else>${msg("doChangePassword")}</#if></button>
  <#if isAppInitiatedAction??>
  <button class="plain" name="cancel-aia" value="true" type="submit" formnovalidate>${msg("doCancel")}</button>
  </#if>
</form>
</#if>
</@layout.registrationLayout>
